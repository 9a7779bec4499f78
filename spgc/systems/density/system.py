"""The density baseline as a challenge system: the smallest complete example of the contract."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from spgc.classifiers.logistic import FILE, LogisticRegression, fit_logistic
from spgc.contract.scan import LabelledScan, NamedScan, Scan, in_case_order
from spgc.contract.system import NO_OPTIONS, Options, Prediction, RunSettings
from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.errors import DataError, ModelError, UsageError
from spgc.files.foreign_names import key_for
from spgc.files.json_documents import parse_json
from spgc.files.kept import DamagedError, Troubles, read_kept
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.model.document import MODEL, read_model
from spgc.model.folder import copy_model, write_model
from spgc.model.trained_on import training_facts
from spgc.protocol import CLASSES
from spgc.systems.density.features import (
    HU_HIGH,
    HU_LOW,
    PARTS,
    Counts,
    Features,
    density_counts,
    density_features,
)
from spgc.systems.options import list_options, read_options
from spgc.systems.unlabelled import refuse_unlabelled

KEPT = ".density"
"""Ending of the files with kept counts: JSON below the line of `kept_files`."""

TOGETHER = 16
"""Scans that several processes count at a time; one process takes them one after another."""


@dataclass(frozen=True)
class Settings:
    """What is learnt: bin_width in HU, inverse_penalty is scikit-learn's C."""

    bin_width: int = 50
    inverse_penalty: float = 0.1
    lung_method: str = DEFAULT_LUNGS
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.bin_width <= HU_HIGH - HU_LOW:
            raise UsageError("bin_width out of range", found=self.bin_width, expected="1 to 1224")
        if not self.inverse_penalty > 0:
            raise UsageError(
                "inverse_penalty out of range", found=self.inverse_penalty, expected="above 0"
            )


class Density:
    """Histograms of lung density by thirds, and a logistic regression."""

    name = "density"
    summary = "lung-density histograms by thirds, logistic regression: a baseline without a network"
    learns_unlabelled = False
    limits = (
        "It sees how dense the lung is, not where within a third of it nor in what shape.",
        "Lung masks leave out part of the densest tissue, which it then never sees.",
    )

    def __init__(self, settings: Settings | None = None, run: RunSettings | None = None) -> None:
        self.settings, self.run = settings or Settings(), run or RunSettings()
        self._model: LogisticRegression | None = None
        self._document: Mapping[str, Any] = {}
        self._home: Path | None = None
        self._troubles = Troubles()

    @classmethod
    def options(cls) -> Mapping[str, str]:
        return list_options(Settings())

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> Density:
        return cls(read_options(Settings(), options, cls.name), run)

    @property
    def lung_method(self) -> str:
        return self.settings.lung_method

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
        refuse_unlabelled(self.name, unlabelled)
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
        self._document = write_model(
            folder,
            self.name,
            config=dataclasses.asdict(self.settings),
            files=[FILE],
            trained_on=training_facts(train),
            packages=("scikit-learn",),
        )
        self._home = folder

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        model = self._model
        if model is None:
            raise _untrained()
        answers = {}
        for case_id, features in self._features(scans, total, track, "predicting scans"):
            covid19, cap, normal = model.probabilities(features).tolist()
            label = CLASSES[int(np.argmax((covid19, cap, normal)))]
            answers[case_id] = Prediction(label, (covid19, cap, normal))
        return answers

    def _features(
        self, scans: Iterable[NamedScan], total: int | None, track: Track, label: str
    ) -> Iterator[tuple[str, Features]]:
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

    def save(self, folder: Path) -> None:
        if self._home is None:
            raise _untrained()
        copy_model(self._home, folder)

    @classmethod
    def load(
        cls, folder: Path, run: RunSettings | None = None, options: Options = NO_OPTIONS
    ) -> Density:
        """The system that `fit` wrote; once trained it has no options."""
        document = read_model(folder, cls.name)
        if options:
            raise UsageError(f"a trained {cls.name} has no option {next(iter(options))!r}")
        try:
            settings = Settings(**document["config"])
        except TypeError as error:
            raise ModelError(
                "model.json has unknown settings",
                where=folder / MODEL,
                found=str(error),
                expected=", ".join(cls.options()),
                do="use the spgc version that wrote it",
            ) from error
        system = cls(settings, run)
        system._model = LogisticRegression.load(folder / FILE)
        system._document, system._home = document, folder
        return system

    def describe(self) -> Mapping[str, Any]:
        config = dataclasses.asdict(self.settings)
        return self._document or {"system": self.name, "config": config}


def _counted(case_id: str, scan: Scan, answers: Path | None) -> tuple[str, Counts, Troubles]:
    """A scan's counts, kept in `answers` from the first time on, and read back after that."""
    troubles = Troubles()
    if answers is None:
        return case_id, density_counts(scan), troubles
    digest = hashlib.sha256(f"{HU_LOW} {HU_HIGH} {PARTS} {scan.key}".encode()).hexdigest()[:24]
    path = answers / f"{key_for(case_id)}-{digest}{KEPT}"
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


def _check_class(label: str, rows: Sequence[Features]) -> None:
    with_lung = sum(bool(np.isfinite(row).all()) for row in rows)
    if not with_lung:
        raise DataError(
            f"nothing to learn {label} from",
            where="training split",
            found=f"{len(rows)} scans, none with lung" if rows else "no scan",
            expected="at least one",
            do="check the folder with spgc data check",
        )


def _untrained() -> ModelError:
    return ModelError("the system is not trained", do="call fit, or load a model folder")
