"""Winter's settings: the paper's numbers as defaults, and those of small machines.

Fields marked "choice" are not in the paper; docs/systems/winter.md gives the reasons.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from spgc.contract.limits import MAX_BATCH, MAX_SEED
from spgc.ct.lungs import check_method
from spgc.errors import UsageError
from spgc.nets.slices.sizes import SIZES
from spgc.nets.slices.spec import SliceSpec
from spgc.systems.slice_options import Ranges, check_ranges

SYSTEM = "winter"

GREY_RANGE = (-1200.0, 700.0)
"""HU shown as 0 to 1 (paper, section II C)."""

MOMENTUM, WEIGHT_DECAY, DECAY = 0.9, 1e-4, 0.9
"""Of stochastic gradient descent, and the factor of its rate (paper, section III); that the factor
is taken after each epoch is a choice."""

ROTATION = 20.0
"""Degrees to either side (paper, section III)."""

PADDING = 50 / 512
"""Black edge before a random crop of the old size, as a share of it: 50 pixels of 512 (III)."""

CHOICES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "backbone": tuple(SIZES),
        "channels": ("masked", "grey", "lungs"),
        "negatives": ("normals", "with-uninfected"),
        "checkpoint": ("last", "best"),
    }
)
"""What settings can be; the first of each but `backbone` is the paper's."""

_RANGES: Ranges = MappingProxyType(
    {
        "epochs": (1, 100_000),
        "batch_size": (2, MAX_BATCH),
        "seed": (0, MAX_SEED),
        "image_size": (32, 4096),
        "learning_rate": (0, 1000),
        "slice_mm": (0.1, 100),
        "area_threshold": (0, 512 * 512),
        "top": (1, 10_000),
    }
)


@dataclass(frozen=True)
class Settings:
    """Everything that decides what is trained and answered."""

    backbone: str = "densenet121"  # II D
    weights: str = "imagenet"  # choice; "none" for a random start
    image_size: int = 512  # as the released code
    lung_method: str = "r231"  # II B
    slice_mm: float | None = 2.0  # II A; None: slices as they are
    area_threshold: int | None = 5000  # II B, IV C: more lung than that; None: all slices
    channels: str = "masked"  # grey × mask three times, IV B
    negatives: str = "normals"  # normal slices of normal patients alone, IV A

    epochs: int = 30  # choice
    learning_rate: float = 0.01  # III
    batch_size: int = 13  # III
    checkpoint: str = "last"  # choice; "best" by hits on validation slices

    top: int = 3  # K of the patient's answer, III
    seed: int = 0

    @property
    def spec(self) -> SliceSpec:
        """What the network is given of a slice."""
        return SliceSpec(
            (self.backbone,),
            self.image_size,
            GREY_RANGE,
            self.channels,
            position_inputs=False,
            lung_method=self.lung_method,
        )

    def slice_stage(self) -> dict[str, Any]:
        """What the network's training depends on, ready for JSON."""
        return {name: v for name, v in dataclasses.asdict(self).items() if name != "top"}


DEMO = Settings(
    weights="none",
    image_size=64,
    lung_method="watershed-closed",
    slice_mm=None,
    epochs=6,
)
"""Small images from a random start, few epochs, masks that need no weights.

Slices as they are: phantoms have few of them, so far apart that 2 mm would make many blends of two
out of each, and the training as much longer.
"""

PRESETS: Mapping[str, Settings] = MappingProxyType({"paper": Settings(), "demo": DEMO})


def check_settings(settings: Settings) -> None:
    """Raise UsageError for values that are unknown, or could only fail hours later."""
    for field, known in CHOICES.items():
        value = getattr(settings, field)
        if value not in known:
            raise UsageError(
                f"unknown {field} of system {SYSTEM}", found=repr(value), expected=" | ".join(known)
            )
    check_ranges(settings, _RANGES, SYSTEM)
    check_method(settings.lung_method, masks=settings.area_threshold is not None)
    _ = settings.spec  # refuses channels that the lung method has no masks for
