"""What every engine does: class logits of a batch of slices from one backbone, and features.

Networks of whole scans run in the same engines, by `RowEngine`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from spgc.errors import SpgcError, UsageError

if TYPE_CHECKING:
    from torch import nn

    from spgc.nets.slices.spec import SliceSpec

Images = NDArray[np.float32]
"""(B, 3, s, s) in [0, 1]."""


Say = Callable[[str], None]
"""Takes a remark for people."""


def silent(_: str) -> None:
    """Takes a remark and does nothing."""


InputShape = tuple[int, ...]
"""Of one input of a network, its batch first; -1 for a batch of any size."""


class EngineNetworks(Protocol):
    """Trained networks of any inputs, as engines take them."""

    @property
    def load(self) -> Callable[[str], nn.Module]:
        """Reads one by its name, in evaluation mode, on the CPU; it answers with rows first."""

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of the weights by name."""

    @property
    def names(self) -> tuple[str, ...]: ...

    def inputs(self, name: str) -> tuple[InputShape, ...]:
        """The shapes of a network's inputs, all float32."""

    @property
    def variant(self) -> str:
        """What a converted network depends on besides its weights, as part of a file's name."""


@dataclass(frozen=True)
class Networks:
    """Trained networks that are only read when an engine needs them.

    load: reads the network of a backbone, in evaluation mode, on the CPU; digests: SHA-256 of the
    weights by backbone, sizes: input size by backbone. int8: folder of the quantised networks.
    features: how many numbers of a slice each network gives behind its class logits.
    """

    load: Callable[[str], nn.Module]
    digests: dict[str, str]
    sizes: dict[str, int]
    int8: Path | None = None
    features: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.sizes)

    def inputs(self, name: str) -> tuple[InputShape, ...]:
        """Images, and positions of slices."""
        size = self.sizes[name]
        return (-1, 3, size, size), (-1, 2)

    @property
    def variant(self) -> str:
        return f"-{self.features}" if self.features else ""

    def only(self, backbone: str) -> Networks:
        """This one alone."""
        return replace(self, sizes={backbone: self.sizes[backbone]})

    def no_int8(self) -> UsageError | None:
        """Why they may not run in int8, which is checked by labels alone; None: they may."""
        if not self.features:
            return None
        return UsageError(
            "int8 can't serve networks whose features are used",
            found="int8 networks keep the labels of slices, not their features",
            do="use --precision auto, bf16 or fp32",
        )


@runtime_checkable
class HasNetworks(Protocol):
    """A system whose slice networks can be had without training, to be timed (`spgc bench`)."""

    @property
    def spec(self) -> SliceSpec:
        """What they are shown of a slice."""

    def no_int8(self) -> SpgcError | None:
        """Why int8 networks may not serve it; None: they may."""

    def untrained_networks(self) -> Networks:
        """Networks with random weights, each built when it is loaded, on torch's device."""


@dataclass(frozen=True)
class BatchOwner:
    """A scan whose slices are in batches."""

    case_id: str
    key: str
    slices: int


@dataclass(frozen=True)
class ScanBatch:
    """images: (B, 3, s, s) by size s; positions: (B, 2); owners: of the first rows, in order."""

    images: dict[int, NDArray[np.float32]]
    positions: NDArray[np.float32]
    owners: tuple[BatchOwner, ...]


class RowEngine(Protocol):
    """Runs networks of any inputs."""

    def outputs(self, name: str, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's first answer (B, K) to inputs of the shapes that it was built for."""


class Engine(Protocol):
    """Runs slice networks."""

    def logits(
        self,
        backbone: str,
        images: Images,
        positions: NDArray[np.float32],
        used: int | None = None,
    ) -> NDArray[np.float32]:
        """(B, 3, s, s) images and (B, 2) positions to (B, 3 + F) class logits and features, if any.

        used: how many rows to answer, the first ones; the others fill the batch up.
        """
