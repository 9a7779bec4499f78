"""The density baseline as a challenge system: the smallest complete example of the contract."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from spgc.classifiers.logistic import FILE, LogisticRegression, fit_logistic
from spgc.contract.limits import MAX_SEED
from spgc.contract.scan import LabelledScan, NamedScan, Scan, in_case_order
from spgc.contract.system import Prediction, RunSettings
from spgc.ct.lungs import DEFAULT_LUNGS, check_method
from spgc.errors import DataError, UsageError
from spgc.files.foreign_names import key_for
from spgc.files.json_documents import parse_json
from spgc.files.kept import DENSITY_COUNTS, DamagedError, Troubles, read_kept
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.model.trained_on import training_facts
from spgc.protocol import CLASSES
from spgc.systems.base import BaseSystem
from spgc.systems.density.features import (
    HU_HIGH,
    HU_LOW,
    PARTS,
    Counts,
    DensityFeatures,
    density_counts,
    density_features,
    feature_names,
)

LEAST_PENALTY = 1e9
"""Largest `inverse_penalty`: far above it the fit ends in numbers that are none."""

TOGETHER = 16
"""Scans that several processes count at a time; one process takes them one after another."""


@dataclass(frozen=True)
class DensitySettings:
    """What is learnt: bin_width in HU, inverse_penalty is scikit-learn's C."""

    bin_width: int = 50
    inverse_penalty: float = 0.1
    lung_method: str = DEFAULT_LUNGS
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.bin_width <= HU_HIGH - HU_LOW:
            raise UsageError("bin_width out of range", found=self.bin_width, expected="1 to 1224")
        if not 0 < self.inverse_penalty <= LEAST_PENALTY:
            raise UsageError(
                "inverse_penalty out of range",
                found=self.inverse_penalty,
                expected=f"above 0, at most {LEAST_PENALTY:g}",
            )
        if not 0 <= self.seed <= MAX_SEED:
            raise UsageError("seed out of range", found=self.seed, expected=f"0 to {MAX_SEED}")
        check_method(self.lung_method, masks=True)


class Density(BaseSystem[DensitySettings, RunSettings]):
    """Histograms of lung density by thirds, and a logistic regression."""

    name = "density"
    summary = "lung-density histograms by thirds, logistic regression: a baseline without a network"
    settings_type = DensitySettings
    packages = ("scikit-learn",)
    limits = (
        "It sees how dense the lung is, not where within a third of it nor in what shape.",
        "Lung masks leave out part of the densest tissue, which it then never sees.",
    )

    def __init__(
        self, settings: DensitySettings | None = None, run: RunSettings | None = None
    ) -> None:
        super().__init__(settings or DensitySettings(), run or RunSettings())
        self._model: LogisticRegression | None = None
        self._troubles = Troubles()

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Learn from `train`; `val` is not looked at. Raises DataError when a class has no scan."""
        self.refuse(unlabelled)
        train = in_case_order(train)
        scans = [(scan.case_id, scan.scan) for scan in train]
        rows = [row for _, row in self._features(scans, len(scans), track, "lung density")]
        classes = np.array([CLASSES.index(scan.label) for scan in train], np.int64)
        for number, label in enumerate(CLASSES):
            _check_class(label, [row for row, k in zip(rows, classes, strict=True) if k == number])
        self._model = fit_logistic(
            np.stack(rows), classes, self.settings.inverse_penalty, self.settings.seed
        )
        make_folder(folder)
        self._model.save(folder / FILE)
        self.write(folder, [FILE], training_facts(train))

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        model = self._model
        if model is None:
            raise self.untrained()
        answers = {}
        for case_id, features in self._features(scans, total, track, "predicting scans"):
            covid19, cap, normal = model.probabilities(features).tolist()
            label = CLASSES[int(np.argmax((covid19, cap, normal)))]
            answers[case_id] = Prediction(label, (covid19, cap, normal))
        return answers

    def _features(
        self, scans: Iterable[NamedScan], total: int | None, track: Track, label: str
    ) -> Iterator[tuple[str, DensityFeatures]]:
        """Case ID and features in the order of `scans`; several scans at a time with `run.jobs`."""
        for name, counts in track(self._counts(scans), label, total):
            yield name, density_features(counts, self.settings.bin_width)

    def _counts(self, scans: Iterable[NamedScan]) -> Iterator[tuple[str, Counts]]:
        """Case ID and counts: scan by scan in one process, `TOGETHER` at a time in several.

        The scans are taken here, not by joblib: it would take them in the thread that hands out
        all results, and wait there for ever for a scan that is still being read by its processes.
        """
        from spgc.jobs.parallel import in_order  # imports joblib

        # Workers outlive a change of folder in the caller: a relative path would lead elsewhere.
        answers = None if self.run.answers is None else self.run.answers.absolute()
        source = iter(scans)
        together = 1 if self.run.jobs == 1 else TOGETHER
        while part := list(islice(source, together)):
            tasks = ((name, scan, answers) for name, scan in part)
            for name, counts, troubles in in_order(_counted, tasks, self.run.jobs):
                self._troubles.join(troubles)
                yield name, counts

    def run_remarks(self) -> Sequence[str]:
        """What was found damaged and made again."""
        return self._troubles.remarks()

    def _read(self, folder: Path) -> None:
        self._model = LogisticRegression.load(
            folder / FILE, len(feature_names(self.settings.bin_width))
        )


def _counted(case_id: str, scan: Scan, answers: Path | None) -> tuple[str, Counts, Troubles]:
    """A scan's counts, kept in `answers` from the first time on, and read back after that."""
    troubles = Troubles()
    if answers is None:
        return case_id, density_counts(scan), troubles
    digest = hashlib.sha256(f"{HU_LOW} {HU_HIGH} {PARTS} {scan.key}".encode()).hexdigest()[:24]
    path = answers / f"{key_for(case_id)}-{digest}{DENSITY_COUNTS}"
    try:
        if (content := read_kept(path)) is not None:
            return case_id, _read_counts(content), troubles
    except DamagedError:
        troubles.damaged.add(case_id)
    counts = density_counts(scan)
    troubles.keep(case_id, path, json.dumps(counts.tolist()).encode())
    return case_id, counts, troubles


def _read_counts(content: bytes) -> Counts:
    """Raises DamagedError when these are no counts."""
    try:
        counts = np.array(parse_json(content), np.int64)
    except (ValueError, TypeError, OverflowError) as error:
        raise DamagedError("no counts") from error
    if counts.shape != (PARTS, HU_HIGH - HU_LOW + 1):
        raise DamagedError("counts of another form")
    return counts


def _check_class(label: str, rows: Sequence[DensityFeatures]) -> None:
    with_lung = sum(bool(np.isfinite(row).all()) for row in rows)
    if not with_lung:
        raise DataError(
            f"nothing to learn {label} from",
            where="training split",
            found=f"{len(rows)} scans, none with lung" if rows else "no scan",
            expected="at least one",
            do="check the folder with spgc data check",
        )
