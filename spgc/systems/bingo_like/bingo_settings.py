"""Settings of `bingo-like`: three words of an abstract, and our choices for all the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spgc.contract.flags import Flag
from spgc.contract.limits import MAX_BATCH, MAX_SEED
from spgc.ct.lungs import DEFAULT_LUNGS, check_method
from spgc.errors import UsageError
from spgc.nets.slices.spec import SliceSpec
from spgc.systems.slice_options import (
    LUNGS_FLAG,
    PRESET_FLAG,
    RUN_FLAGS,
    SEED_FLAG,
    WEIGHTS_FLAG,
    Ranges,
    check_known,
    check_ranges,
)

SYSTEM = "bingo-like"

BACKBONES = ("resnet50", "resnet18")

LEARNERS = ("network", "tree")
"""What is boosted: networks fine-tuned on clusters, or shallow trees on one network's features."""

BASE = "base"
"""The network whose features are clustered, that learners start from, and that trees look at."""

TREES = "boosted-trees"
"""What the trees are called where slices are answered."""

RANGES: Ranges = {
    "epochs": (1, 100_000),
    "learner_epochs": (1, 100_000),
    "batch_size": (2, MAX_BATCH),
    "image_size": (32, 4096),
    "learning_rate": (0, 1000),
    "grey_range": (-100_000, 100_000),
    "lung_area": (0, 512 * 512),
    "clusters": (1, 100),
    "rounds": (1, 100),
    "trees": (1, 10_000),
    "tree_depth": (1, 30),
    "seed": (0, MAX_SEED),
}


@dataclass(frozen=True)
class BingoSettings:
    """What is learnt. Only adaptive boosting and clustering of the data set are the team's words.

    lung_area: pixels of a slice of 512 × 512.
    """

    learner: str = "network"
    backbone: str = "resnet50"
    weights: str = "imagenet"
    image_size: int = 256
    grey_range: tuple[float, float] = (-1200.0, 400.0)  # HU shown as 0 to 1
    lung_method: str = DEFAULT_LUNGS
    lung_area: float = 5000.0  # slices with no more lung have no say; Winter's published threshold

    epochs: int = 10  # of the base network
    learner_epochs: int = 5
    learning_rate: float = 1e-4
    batch_size: int = 32

    clusters: int = 4  # of normal and of COVID-19 slices
    rounds: int = 4
    trees: int = 50
    tree_depth: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        check_ranges(self, RANGES, SYSTEM)
        check_known(self, "backbone", BACKBONES, SYSTEM)
        check_known(self, "learner", LEARNERS, SYSTEM)
        check_method(self.lung_method, masks=True)
        low, high = self.grey_range
        if not low < high:
            raise UsageError(
                "grey_range is no range", found=f"{low:g},{high:g}", expected="the lower HU first"
            )

    @property
    def learners(self) -> tuple[str, ...]:
        """Names of the boosted networks."""
        return tuple(f"learner-{number + 1}" for number in range(self.rounds))

    @property
    def spec(self) -> SliceSpec:
        """What the networks that answer are given of a slice."""
        return self.spec_of(self.learners if self.learner == "network" else (BASE,))

    def spec_of(self, names: tuple[str, ...]) -> SliceSpec:
        """The same for networks of these names."""
        return SliceSpec(
            names,
            self.image_size,
            self.grey_range,
            "grey",
            position_inputs=False,
            lung_method=self.lung_method,
            architecture=self.backbone,
        )


PRESETS: Mapping[str, BingoSettings] = {
    "paper": BingoSettings(),
    "demo": BingoSettings(
        backbone="resnet18",
        weights="none",
        image_size=64,
        epochs=2,
        learner_epochs=2,
        learning_rate=1e-3,
        clusters=2,
        rounds=2,
        trees=10,
    ),
}

FLAGS = (
    WEIGHTS_FLAG,
    PRESET_FLAG,
    Flag(
        "learner",
        "network: each round fine-tunes a network on one cluster; tree: shallow trees on the "
        "features of one network, which is cheaper.",
        "network",
    ),
    Flag("backbone", "resnet50 or resnet18.", "resnet50"),
    Flag("epochs", "Epochs of the base network.", "the preset's"),
    Flag("batch_size", "Batch size in slices.", "the preset's"),
    LUNGS_FLAG,
    SEED_FLAG,
    *RUN_FLAGS,
)
