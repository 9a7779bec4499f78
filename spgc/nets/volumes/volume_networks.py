"""Trained networks of whole scans, which are only read when an engine needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from spgc.errors import UsageError
from spgc.nets.engines.contract import InputShape
from spgc.nets.volumes.volume_spec import VolumeSpec

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class VolumeNetworks:
    """Networks that answer volumes (B, C, D, H, W) with rows (B, K) and features (B, F).

    load: reads one by its name, in evaluation mode, on the CPU; digests: SHA-256 of the weights by
    name; shape: (C, D, H, W).
    """

    load: Callable[[str], nn.Module]
    digests: Mapping[str, str]
    shape: tuple[int, int, int, int]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.digests)

    def inputs(self, name: str) -> tuple[InputShape, ...]:
        """One volume at a time: it keeps every core busy, and answers then depend on it alone."""
        return ((1, *self.shape),)

    @property
    def variant(self) -> str:
        """Converted for volumes of one shape."""
        return "-" + "x".join(map(str, self.shape))


def no_volume_int8() -> UsageError:
    """Why networks of whole scans don't run in int8."""
    return UsageError(
        "int8 can't serve networks that read whole scans",
        found="int8 networks keep the labels of slices, which are many; a scan has one answer",
        do="use --precision auto, bf16 or fp32",
    )


@runtime_checkable
class HasVolumeNetworks(Protocol):
    """A system whose volume networks can be had without training, to be timed (`spgc bench`)."""

    @property
    def volume_spec(self) -> VolumeSpec:
        """What they are given of a scan."""

    def untrained_volume_networks(self) -> VolumeNetworks:
        """Networks with random weights, each built when it is loaded, on torch's device."""
