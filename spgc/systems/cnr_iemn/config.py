"""One frozen configuration: the paper's numbers as defaults, each with its section.

Fields marked "choice" are not in the paper; docs/paper-choices.md gives the reasons.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.ct.slice_images import HU_RANGE
from spgc.errors import ModelError
from spgc.nets.slices.spec import SliceSpec
from spgc.systems.options import list_options, misfit

BACKBONES: tuple[str, ...] = ("resnext50", "densenet161", "inception_v3", "wide_resnet50")
"""The four architectures, in the order of the paper's tables."""

CHOICES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "patient_classifier": ("xgboost", "svm"),
        "features": ("counts", "probabilities"),
        "patient_weights": ("equal", "balanced"),
    }
)
"""Fields of `Config` and what each can be; the first is the paper's."""

MIN_FOLDS = 2


@dataclass(frozen=True)
class Config:
    """Everything that decides what is trained; how fast it runs is `Runtime`'s business."""

    backbones: tuple[str, ...] = BACKBONES
    weights: str = "imagenet"  # 3.3.1; "none" for a random start
    image_size: int | None = None  # None: each backbone's own, 224 or 299 (choice)
    lung_method: str = DEFAULT_LUNGS  # 3.2; two regions or one (choice)
    grey_range: tuple[float, float] = HU_RANGE  # HU shown as 0 to 1 (choice)
    channels: str = "lungs"  # grey, mask, grey × mask, 3.3.1; "grey" three times, 4.2.1

    epochs: int = 10  # 4.2.4
    learning_rate: float = 1e-4  # 4.2.1
    decay_after: tuple[int, ...] = (3, 6)  # epochs, 4.2.4
    decay: float = 0.1  # 4.2.1
    batch_size: int = 64  # 4.1
    focal_gamma: float = 1.5  # 4.1
    class_weight: float = 1.0  # 4.2.4
    region_weight: float = 0.3  # 4.2.4; 0 for networks without the region task
    position_inputs: bool = True  # slice count and location join the deep features, 4.2.4

    # augmented copies per COVID-19, CAP, normal slice, 3.3.1
    copies: tuple[int, int, int] = (3, 10, 0)
    normal_scans: int = 30  # the first normal scans, 3.3
    uninfected_as_normal: bool = True  # slices of infected scans without infection (choice)

    patient_classifier: str = "xgboost"  # 3.3.2; "svm" for the other column of Table 5
    features: str = "counts"  # 3.3.2; "probabilities" for mean probabilities per group
    folds: int = 0  # 3.3.2: training features from networks that saw the scan; 2 or more: unseen
    patient_weights: str = "equal"  # 3.3.2 names none; "balanced" weighs classes alike
    seed: int = 0

    def __post_init__(self) -> None:
        _ = self.spec  # refuses what can't be an input

    @property
    def spec(self) -> SliceSpec:
        """What the networks are given of a slice."""
        return SliceSpec(
            self.backbones,
            self.image_size,
            self.grey_range,
            self.channels,
            self.position_inputs,
            self.lung_method,
        )

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return dataclasses.asdict(self)

    def slice_stage(self) -> dict[str, Any]:
        """What one backbone's training depends on: neither the others nor the patient stage."""
        others = ("backbones", "patient_classifier", "features", "folds", "patient_weights")
        return {name: value for name, value in self.as_dict().items() if name not in others}


DEMO = Config(
    weights="none",
    image_size=64,
    epochs=1,
    learning_rate=1e-3,
    decay_after=(),
    batch_size=32,
    copies=(0, 0, 0),
    normal_scans=40,
)
"""Small images, one epoch, random start: two cores train it on phantoms in minutes."""


def config_from(document: Mapping[str, Any], where: object) -> Config:
    """The configuration that `Config.as_dict` wrote.

    Fields that an older spgc did not know yet take their defaults, which are what it did.
    Raises ModelError when a field is unknown or of the wrong kind.
    """
    known = {field.name for field in dataclasses.fields(Config)}
    unknown = sorted(set(document) - known)
    if unknown:
        raise ModelError(
            "configuration has unknown fields",
            where=str(where),
            found=", ".join(unknown),
            expected=", ".join(sorted(known)),
            do="use the spgc version that wrote it",
        )
    if wrong := misfit(Config, document):
        raise ModelError(
            f"configuration field {wrong} is of the wrong kind",
            where=str(where),
            found=repr(document[wrong])[:60],
            expected=list_options(Config())[wrong],
        )
    values: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in document.items()
    }
    try:
        return Config(**values)
    except TypeError as error:
        raise ModelError(
            "model.json is damaged",
            where=str(where),
            found=str(error),
            expected="what spgc train wrote",
            do="copy the folder again or train again",
        ) from error


def check_patient_stage(config: Config) -> None:
    """Raise ModelError when a field of the patient stage names no known variant."""
    for field, known in CHOICES.items():
        value = getattr(config, field)
        if value not in known:
            words = field.replace("_", " ")
            raise ModelError(f"unknown {words}", found=repr(value), expected=" | ".join(known))
    if config.folds and config.folds < MIN_FOLDS:
        raise ModelError(
            "impossible number of folds",
            found=config.folds,
            expected=f"0 for none, or {MIN_FOLDS} and more",
        )
