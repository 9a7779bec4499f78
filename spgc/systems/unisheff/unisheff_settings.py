"""UniSheff's settings: the follow-up's numbers as defaults, the challenge's version, small ones.

Fields marked "choice" are in none of their texts; docs/systems/unisheff.md gives the reasons.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from spgc.contract.limits import MAX_BATCH, MAX_SEED
from spgc.ct.lungs import check_method
from spgc.errors import UsageError
from spgc.nets.volumes.volume_spec import VolumeSpec
from spgc.protocol import CLASSES
from spgc.systems.slice_options import Ranges, check_known, check_ranges
from spgc.systems.unisheff.shown_part import prepared

SYSTEM = "unisheff"

WEIGHTS = ("imagenet", "none")

RATE_DROP, DROP_EVERY = 0.2, 15
"""Factor of the rate, and after how many epochs each time (their training script)."""

WEIGHT_DECAY = 1e-4
"""Of the L2 norm: MATLAB's default, which their script leaves alone."""

DROPOUT = 0.5
"""Choice: MATLAB's default; the figure shows a dropout layer without its number."""

DEPTHS = (18, 50, 101)

STRIDES = ("middle", "first")

PREPARATION = 1
"""Part of what kept volumes are known by: raise it when a scan comes to look different."""

_RANGES: Ranges = MappingProxyType(
    {
        "size": (33, 512),
        "area_share": (0, 1),
        "hidden": (1, 100_000),
        "epochs": (1, 100_000),
        "batch_size": (1, MAX_BATCH),
        "learning_rate": (0, 1000),
        "copies": (0, 2),
        "flip": (0, 1),
        "draws": (0, 100),
        "seed": (0, MAX_SEED),
    }
)
"""size: a side of 32 voxels would be one behind the last stage, where nothing can be normalised."""


@dataclass(frozen=True)
class UniSheffSettings:
    """Everything that decides what is trained and answered.

    copies: changed copies of a scan to learn from, by its class in the order of `CLASSES`; draws:
    how many random draws of its preprocessing a scan is answered from, 0 for none: the middle of
    what could be drawn.
    """

    depth: int = 50  # layers; 81, 80 and 72 of 90 with 101, 50 and 18
    roi: bool = True  # masks inside the network (follow-up)
    stride: str = "middle"  # of a bottleneck: where the weights at hand have it; "first" as theirs
    weights: str = "imagenet"  # inflated
    lung_method: str = "none"  # lungs come from intensities, see `lung_extraction`
    size: int = 224
    area_share: float = 0.8  # t: .6, .7 or .8 of the largest lung area
    hidden: int = 256  # choice: the figure's fully connected layer

    epochs: int = 35
    batch_size: int = 2
    learning_rate: float = 1e-4
    copies: tuple[int, int, int] = (1, 2, 2)
    flip: float = 0.0  # 0.4 in their script of five folds
    draws: int = 0  # choice; their code draws once
    seed: int = 0

    def __post_init__(self) -> None:
        if self.depth not in DEPTHS:
            known = " | ".join(map(str, DEPTHS))
            raise UsageError(f"unknown depth of system {SYSTEM}", found=self.depth, expected=known)
        check_known(self, "stride", STRIDES, SYSTEM)
        check_ranges(self, _RANGES, SYSTEM)
        check_method(self.lung_method)

    @property
    def network(self) -> str:
        """Name of the network and of its file."""
        return f"resnet{self.depth}"

    @property
    def volumes(self) -> VolumeSpec:
        """What the network is given of a scan, and what it answers."""
        make = partial(prepared, size=self.size, share=self.area_share, masks=self.roi)
        facts = f"{SYSTEM} {PREPARATION}, lung area {self.area_share!r} of the largest"
        cube, channels = (self.size, self.size, self.size), 2 if self.roi else 1
        return VolumeSpec(cube, channels, {self.network: len(CLASSES)}, make, facts)

    def learnt(self) -> dict[str, Any]:
        """What the network's training depends on, ready for JSON."""
        return {name: v for name, v in dataclasses.asdict(self).items() if name != "draws"}


PRESETS: Mapping[str, UniSheffSettings] = MappingProxyType(
    {
        "paper": UniSheffSettings(),
        "challenge": UniSheffSettings(roi=False),
        "demo": UniSheffSettings(
            depth=18,
            weights="none",
            size=48,
            hidden=32,
            epochs=6,
            learning_rate=1e-3,
            copies=(1, 1, 1),
        ),
    }
)
"""paper: the follow-up's RoI-aware ResNet-50, whose answers are published scan by scan; challenge:
the version of 2021, without masks inside; demo: small cubes from a random start."""
