"""TheSaviours' settings: the numbers of their code as defaults, presets, and their released bugs.

Fields marked "choice" are not in their code; docs/systems/thesaviours.md gives the reasons.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from spgc.nets.slices.spec import SliceSpec

GREY_RANGE = (-1150.0, 150.0)
"""HU shown as 0 to 255 (covid_cap_preprocessing.py, `normalize`)."""

LEVELS = 256
"""Grey values: rounded down to 8 bits (the same)."""

BETAS, EPSILON = (0.5, 0.999), 1e-7
"""Of Adam: beta 1 is theirs (Training_model.py), the others are Keras' defaults."""

REPAIRED, AS_RELEASED = "repaired", "as-released"

CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "test_window": (REPAIRED, AS_RELEASED),
        "slice_labels": ("anatomical", AS_RELEASED),
    }
)
"""Fields of `Settings` that are one of a few words."""

RELEASED_BUGS: Mapping[str, str] = MappingProxyType(
    {
        "test_window": AS_RELEASED,
        "slice_labels": AS_RELEASED,
        "cap_pseudo_labels": "false",
        "jpeg": "true",
    }
)
"""What option `as_released` says of other options, as text."""


@dataclass(frozen=True)
class Settings:
    """Everything that decides what is trained and answered; the defaults are their code's."""

    weights: str = "imagenet"  # or "none" for a random start
    image_size: int = 512  # no resizing
    lung_method: str = "none"  # no lung mask

    # Stage 1: is a slice infected? One network for COVID-19 and one for CAP.
    slice_backbone: str = "densenet121"
    slice_hidden: tuple[int, ...] = (1024,)
    slice_epochs: int = 10

    # Stage 2: the class of a slice.
    backbone: str = "efficientnet_b5"
    hidden: tuple[int, ...] = (2048, 1024)
    rounds: int = 5
    round_epochs: int = 5
    draws: int = 2500  # COVID-19 slices drawn in each round, and as many normal ones

    learning_rate: float = 2e-4
    batch_size: int = 10
    held_out: float = 0.1  # of the patients of each class: their loss chooses the epoch
    use_val: bool = False  # true: the validation split is trained on, as the team did (choice)

    test_window: str = REPAIRED
    slice_labels: str = "anatomical"
    cap_pseudo_labels: bool = True
    jpeg: bool = False  # training images through JPEG of quality 95
    seed: int = 0

    @property
    def spec(self) -> SliceSpec:
        """What the network that answers is given of a slice."""
        return self.spec_of(self.backbone, self.backbone)

    def spec_of(self, network: str, backbone: str) -> SliceSpec:
        """What the network called `network` is given of a slice."""
        return SliceSpec(
            (network,),
            self.image_size,
            GREY_RANGE,
            "grey",
            position_inputs=False,
            lung_method=self.lung_method,
            levels=LEVELS,
            architecture=backbone,
        )

    @property
    def epochs(self) -> int:
        """Of stage 2, over all rounds."""
        return self.rounds * self.round_epochs

    def stage1(self) -> dict[str, Any]:
        """What the networks of stage 1 depend on besides their slices, ready for JSON."""
        known = dataclasses.asdict(self)
        return {name: value for name, value in known.items() if name in _STAGE1}

    def stage2(self) -> dict[str, Any]:
        """The same of stage 2, whose slices follow from stage 1."""
        known = dataclasses.asdict(self)
        return {name: value for name, value in known.items() if name in _STAGE2}


_SHARED = (
    *("weights", "image_size", "lung_method", "learning_rate", "batch_size", "jpeg", "seed"),
)
_STAGE1 = (*_SHARED, "slice_backbone", "slice_hidden", "slice_epochs")
_STAGE2 = (*_SHARED, "backbone", "hidden", "rounds", "round_epochs", "draws")

DEMO = Settings(
    weights="none",
    image_size=64,
    slice_backbone="resnet18",
    slice_hidden=(64,),
    slice_epochs=2,
    backbone="resnet18",
    hidden=(64, 32),
    rounds=3,
    round_epochs=2,
    draws=200,
    learning_rate=3e-4,
    batch_size=16,
)
"""Small images and networks, few epochs, random start: two cores train it on phantoms. An
EfficientNet learns next to nothing from a random start in so few steps."""

PRESETS: Mapping[str, Settings] = MappingProxyType({"paper": Settings(), "demo": DEMO})
