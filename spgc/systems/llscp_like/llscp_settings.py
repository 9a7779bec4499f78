"""Settings of `llscp-like`: an abstract's two stages, and our choices for all the rest."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from spgc.contract.flags import Flag
from spgc.contract.limits import MAX_BATCH, MAX_SEED
from spgc.ct.lungs import check_method
from spgc.errors import UsageError
from spgc.protocol import CAP, COVID19
from spgc.systems.slice_options import (
    RUN_FLAGS,
    SEED_FLAG,
    Ranges,
    check_known,
    check_ranges,
)

if TYPE_CHECKING:
    from spgc.nets.volumes.resnet3d import Body

SYSTEM = "llscp-like"

FIRST = "stage-1"
"""The network of three classes."""

PAIR = (COVID19, CAP)
"""What the networks of the second stage tell apart, in the order of their outputs."""

KINDS = ("medicalnet", "kinetics", "none")
"""What a training starts from; a folder holds MedicalNet's file."""

DEPTHS = ("18", "50")

LEAST_SIDE = 33
"""Voxels of the longest side: of fewer, one is left behind the last stage, and batch normalisation
can't learn from a volume by itself."""

RANGES: Ranges = {
    "size": (16, 512),
    "grey_range": (-100_000, 100_000),
    "margin_mm": (0, 1000),
    "epochs": (1, 100_000),
    "pair_epochs": (1, 100_000),
    "members": (1, 100),
    "learning_rate": (0, 1000),
    "batch_size": (2, MAX_BATCH),
    "seed": (0, MAX_SEED),
}

KINETICS_GREY = (0.4, 0.22)
"""Mean and standard deviation of Kinetics' colours, about the same for all three (torchvision)."""

LUNG_GREY = (0.5, 0.3)
"""Those of a volume in [0, 1], about (choice): MedicalNet was trained on standardised volumes."""


@dataclass(frozen=True)
class LlscpSettings:
    """What is learnt. Only the inputs, the two stages and the five models are the team's words.

    size: voxels (z, y, x) of the volume; margin_mm: around the lungs' box; epochs: of the first
    stage, pair_epochs: of each network of the second.
    """

    depth: int = 18
    weights: str = "medicalnet"
    size: tuple[int, int, int] = (64, 192, 192)
    grey_range: tuple[float, float] = (-1200.0, 400.0)  # HU shown as 0 to 1
    margin_mm: float = 10.0
    lung_method: str = "watershed-closed"

    epochs: int = 60
    pair_epochs: int = 60
    members: int = 5  # the abstract's five models
    learning_rate: float = 1e-4
    batch_size: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        check_ranges(self, RANGES, SYSTEM)
        if str(self.depth) not in DEPTHS:
            raise UsageError(
                f"unknown depth of system {SYSTEM}", found=self.depth, expected=" | ".join(DEPTHS)
            )
        check_known(self, "weights", KINDS, SYSTEM)
        check_method(self.lung_method, masks=True)
        if self.weights == "kinetics" and self.depth != 18:
            raise UsageError(
                "Kinetics' weights are of a ResNet-18",
                found=f"depth {self.depth}",
                do="use --depth 18, or other weights",
            )
        if max(self.size) < LEAST_SIDE:
            raise UsageError(
                "volumes are too small",
                found=" × ".join(map(str, self.size)),
                expected=f"a side of {LEAST_SIDE} or more",
            )
        low, high = self.grey_range
        if not low < high:
            raise UsageError(
                "grey_range is no range", found=f"{low:g},{high:g}", expected="the lower HU first"
            )

    @property
    def pair_names(self) -> tuple[str, ...]:
        """The networks of the second stage."""
        return tuple(f"pair-{number + 1}" for number in range(self.members))

    @property
    def outputs(self) -> dict[str, int]:
        """How many numbers each network gives of a scan."""
        return {FIRST: 3, **dict.fromkeys(self.pair_names, len(PAIR))}

    @property
    def body(self) -> Body:
        """The networks' body: two channels, built as the network that first weights come from."""
        from spgc.nets.volumes.residual_blocks import BlockStyle
        from spgc.nets.volumes.resnet3d import KINETICS_STEM, Body, Stem

        stem = KINETICS_STEM if self.weights == "kinetics" else Stem()
        padded = self.weights == "medicalnet" and self.depth == 18
        return Body(self.depth, channels=2, stem=stem, style=BlockStyle(padded=padded))

    @property
    def normalisation(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Means and standard deviations of the two channels; the mask stays as it is."""
        mean, std = KINETICS_GREY if self.weights == "kinetics" else LUNG_GREY
        return (mean, 0.0), (std, 1.0)

    def shown(self) -> str:
        """All that a scan's volume depends on besides the scan."""
        return f"llscp-like 1|{self.size}|{self.grey_range}|{self.margin_mm}"

    def network_facts(self) -> dict[str, Any]:
        """What a network's training depends on but for its stage and data, ready for JSON."""
        ours = dataclasses.asdict(self)
        for name in ("members", "epochs", "pair_epochs"):
            ours.pop(name)  # of one stage alone, or of none
        return ours


PRESETS: Mapping[str, LlscpSettings] = MappingProxyType(
    {
        "paper": LlscpSettings(),
        "demo": LlscpSettings(
            weights="none",
            size=(16, 48, 48),
            epochs=12,
            pair_epochs=6,
            members=5,
            learning_rate=1e-3,
        ),
    }
)

FLAGS = (
    Flag(
        "weights",
        "medicalnet (resnet_18_23dataset.pth in a folder), kinetics (torchvision's cache or "
        "download), none (random start), or the folder with MedicalNet's file.",
        "medicalnet",
    ),
    Flag("preset", "paper, or demo: small volumes, few epochs.", "paper"),
    Flag("depth", "Layers of the ResNets: 18 or 50.", "18"),
    Flag("epochs", "Epochs of the network of three classes.", "the preset's"),
    Flag("pair_epochs", "Epochs of each network of COVID-19 and CAP.", "the preset's"),
    Flag("members", "How many networks of COVID-19 and CAP.", "5"),
    Flag("batch_size", "Volumes per step.", "the preset's"),
    Flag("lung_method", "Lung method; see spgc preprocess.", "watershed-closed", "--lungs"),
    SEED_FLAG,
    *RUN_FLAGS,
)
