"""Settings of `astra`: which encoder, on which grid, and what learns from its features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spgc.contract.flags import Flag
from spgc.contract.limits import MAX_SEED
from spgc.ct.lungs import NO_LUNGS
from spgc.errors import UsageError
from spgc.systems.slice_options import SEED_FLAG, Ranges, check_known, check_ranges

SYSTEM = "astra"

ENCODERS = ("astra", "random")
"""The published one, which `spgc[astra]` brings; or a tiny one that has learnt nothing."""

RANGES: Ranges = {
    "grid": (32, 512),
    "components": (1, 1000),
    "inverse_penalty": (1e-9, 1e9),
    "seed": (0, MAX_SEED),
}


@dataclass(frozen=True)
class AstraSettings:
    """What is learnt; the encoder is not.

    grid: voxels (z, y, x) that the encoder is shown, the published one has 160 × 224 × 224;
    components: principal components of its features, as many as there are training scans less one
    at most; inverse_penalty: scikit-learn's C of the logistic regression.
    """

    encoder: str = "astra"
    grid: tuple[int, int, int] = (160, 224, 224)
    components: int = 16
    inverse_penalty: float = 1.0
    patient_weights: str = "equal"
    seed: int = 0

    def __post_init__(self) -> None:
        check_known(self, "encoder", ENCODERS, SYSTEM)
        check_ranges(self, RANGES, SYSTEM)
        check_known(self, "patient_weights", ("equal", "balanced"), SYSTEM)
        if any(side % 32 for side in self.grid):
            raise UsageError(
                f"grid of system {SYSTEM} does not fit the encoder",
                found="×".join(map(str, self.grid)),
                expected="multiples of 32: it halves each side up to five times",
            )

    @property
    def lung_method(self) -> str:
        """It is shown the whole chest."""
        return NO_LUNGS

    @property
    def weights(self) -> str:
        """Its only network's weights, which are no option of their own."""
        return self.encoder


PRESETS: Mapping[str, AstraSettings] = {
    "paper": AstraSettings(),
    "demo": AstraSettings(grid=(64, 96, 96)),
}

FLAGS = (
    Flag("preset", "paper: the encoder's own grid; demo: a coarse one, 1/14 of the work.", "paper"),
    Flag("encoder", "astra, or random: a tiny one that has learnt nothing.", "astra"),
    Flag("grid", "Voxels (z, y, x) that the encoder is shown, multiples of 32.", "160,224,224"),
    Flag("components", "Principal components of the encoder's 2,048 features.", "16"),
    Flag("inverse_penalty", "C of the logistic regression: larger trusts the scans more.", "1"),
    Flag("patient_weights", "equal, or balanced: each class of scans weighs the same.", "equal"),
    SEED_FLAG,
)
