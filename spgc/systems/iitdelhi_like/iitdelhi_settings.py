"""Settings of `iitdelhi-like`: what the abstract says, and our choices where it is silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spgc.classifiers.stacking import ENSEMBLE, MEMBERS
from spgc.contract.flags import Flag
from spgc.contract.limits import MAX_BATCH, MAX_SEED
from spgc.ct.lungs import NO_LUNGS, check_method
from spgc.errors import UsageError
from spgc.nets.slices.packaged_weights import LITE0, PACKAGED
from spgc.nets.slices.sizes import RESNET_STAGES
from spgc.nets.slices.spec import SliceSpec
from spgc.systems.slice_options import (
    LUNGS_FLAG,
    PRESET_FLAG,
    RUN_FLAGS,
    SEED_FLAG,
    Ranges,
    check_known,
    check_ranges,
)

SYSTEM = "iitdelhi-like"

BACKBONES = ("resnet50", "resnet18", LITE0)
"""Networks whose four stages are looked at. The abstract names the first; the weights of the last
come with a package."""

WEIGHTS = ("imagenet", "packaged", "none")
"""First weights. Of the last backbone torchvision publishes none; a package brings its, and no
other's."""

CHANNELS = ("grey", "masked")
"""The slice as it is, or without what lies outside the lung mask."""

RANGES: Ranges = {
    "epochs": (1, 100_000),
    "batch_size": (2, MAX_BATCH),
    "image_size": (32, 4096),
    "scale_features": (1, 65_536),
    "learning_rate": (0, 1000),
    "folds": (0, 10_000),
    "grey_range": (-100_000, 100_000),
    "seed": (0, MAX_SEED),
}


@dataclass(frozen=True)
class IitDelhiSettings:
    """What is learnt. Only backbone, "all slices" and four classifiers are the team's words."""

    backbone: str = "resnet50"
    weights: str = "imagenet"
    image_size: int = 256
    grey_range: tuple[float, float] = (-1200.0, 400.0)  # HU shown as 0 to 1
    channels: str = "grey"
    lung_method: str = NO_LUNGS
    scale_features: int = 256  # of each of the four depths

    epochs: int = 20
    learning_rate: float = 1e-4
    batch_size: int = 32

    folds: int = 5  # slice networks retrained for the stacking; 0 for none, with a leak
    patient_weights: str = "equal"
    patient_classifier: str = ENSEMBLE
    seed: int = 0

    def __post_init__(self) -> None:
        check_ranges(self, RANGES, SYSTEM)
        check_known(self, "backbone", BACKBONES, SYSTEM)
        self._check_weights()
        check_known(self, "channels", CHANNELS, SYSTEM)
        check_known(self, "patient_weights", ("equal", "balanced"), SYSTEM)
        check_known(self, "patient_classifier", (ENSEMBLE, *MEMBERS), SYSTEM)
        if self.folds == 1:
            raise UsageError("impossible number of folds", found=1, expected="0, or 2 and more")
        check_method(self.lung_method, masks=self.channels == "masked")
        low, high = self.grey_range
        if not low < high:
            raise UsageError(
                "grey_range is no range", found=f"{low:g},{high:g}", expected="the lower HU first"
            )

    def _check_weights(self) -> None:
        """Raise UsageError for first weights that a backbone has none of."""
        packaged = self.backbone in PACKAGED
        if self.weights == ("imagenet" if packaged else "packaged"):
            raise UsageError(
                f"no {self.weights} weights of backbone {self.backbone}",
                expected=f"{'packaged' if packaged else 'imagenet'} | none",
                do=f"use --weights packaged with --backbone {' or '.join(PACKAGED)}",
            )

    @property
    def slice_features(self) -> int:
        """How many features of a slice the network gives behind its three logits."""
        return len(RESNET_STAGES) * self.scale_features

    @property
    def spec(self) -> SliceSpec:
        """What the network is given of a slice."""
        return SliceSpec(
            (self.backbone,),
            self.image_size,
            self.grey_range,
            self.channels,
            position_inputs=False,
            lung_method=self.lung_method,
        )


PRESETS: Mapping[str, IitDelhiSettings] = {
    "paper": IitDelhiSettings(),
    "demo": IitDelhiSettings(
        backbone="resnet18",
        weights="none",
        image_size=64,
        epochs=2,
        learning_rate=1e-3,
        folds=0,  # the smallest cohort has one scan of a class with slice labels
    ),
}

FLAGS = (
    Flag(
        "weights",
        "imagenet (torchvision's cache or download), packaged (what spgc[packaged] brings, of "
        "efficientnet_lite0), none (random start), or a folder with torchvision's weight files.",
        "imagenet",
    ),
    PRESET_FLAG,
    Flag(
        "backbone",
        "resnet50, resnet18 or efficientnet_lite0.",
        "resnet50, with packaged weights efficientnet_lite0",
    ),
    Flag("epochs", "Epochs of each slice network.", "the preset's"),
    Flag("batch_size", "Batch size in slices.", "the preset's"),
    Flag("channels", "grey, or masked: nothing outside the lungs is shown.", "grey"),
    LUNGS_FLAG,
    SEED_FLAG,
    Flag(
        "folds",
        "Cross-validation folds for the stacking: slice networks retrained without one fold of "
        "patients each. 0 for none: FOLDS + 1 times faster, but the ensemble is fitted on "
        "overconfident predictions.",
        "5",
    ),
    Flag("patient_weights", "equal, or balanced: each class of scans weighs the same.", "equal"),
    *RUN_FLAGS,
    Flag(
        "patient_classifier",
        "Patient classifier: stacking, logistic, svm, forest or xgboost.",
        "the model's own, stacking",
        "--classifier",
        answering=True,
    ),
)
