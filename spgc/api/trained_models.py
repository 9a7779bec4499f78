"""`spgc.load_model`: a trained model of any system, which answers scans from files or memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias, overload

from spgc.api.ct_scans import read_scan
from spgc.contract.scan import NamedScan, Scan
from spgc.contract.system import Prediction, RunSettings, System
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.segmented_scan import segmented
from spgc.ct.series import Volume
from spgc.errors import UsageError
from spgc.runs.lung_settings import lung_settings
from spgc.systems.registry import load_system
from spgc.text.synthetic import SYNTHETIC

GivenScan: TypeAlias = str | Path | Volume | Scan
"""A scan: its files, what `read_scan` returns, or one with its lungs, as of the slice store."""


@dataclass(frozen=True, repr=False)
class TrainedModel:
    """A trained model: `predict` answers scans; `system` is what spgc's other calls take."""

    system: System
    folder: Path
    lung_weights: Path | None = None

    @cached_property
    def _lungs(self) -> PreprocessSettings:
        return lung_settings(self.system.lung_method, self.lung_weights)

    @property
    def document(self) -> Mapping[str, Any]:
        """The content of model.json: system, settings, hash, what it was trained on."""
        return self.system.describe()

    def __repr__(self) -> str:
        mark = f" {SYNTHETIC}" if self.document.get("synthetic") else ""
        return f"<TrainedModel {self.system.name}{mark} {str(self.document['model_hash'])[:12]}>"

    @overload
    def predict(self, scans: GivenScan) -> Prediction: ...

    @overload
    def predict(self, scans: Mapping[str, GivenScan]) -> dict[str, Prediction]: ...

    def predict(
        self, scans: GivenScan | Mapping[str, GivenScan]
    ) -> Prediction | dict[str, Prediction]:
        """Answer one scan, or several by name: a class, with probabilities where there are some.

        Scans that are read here are segmented by the method that the model wants. Raises
        SeriesError for one that can't be read, UsageError for anything that is no scan.
        """
        if isinstance(scans, Mapping):
            return dict(self.system.predict(self._named(scans), len(scans)))
        (answer,) = self.system.predict(self._named({"scan": scans}), 1).values()
        return answer

    def _named(self, scans: Mapping[str, GivenScan]) -> Iterator[NamedScan]:
        """The scans one by one, so that no more than one needs to be in memory."""
        for name, scan in scans.items():
            yield name, self._prepared(scan)

    def _prepared(self, scan: GivenScan) -> Scan:
        if isinstance(scan, str | Path):
            scan = read_scan(scan)
        if isinstance(scan, Volume):
            return segmented(scan, self._lungs)
        if not all(hasattr(scan, part) for part in ("n_slices", "slice", "arrays", "key")):
            raise UsageError(
                "not a scan",
                found=type(scan).__name__,
                expected="a path, or what spgc.read_scan or a slice store returns",
            )
        return scan


def load_model(
    folder: str | Path,
    *,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    batch_size: int | None = None,
    jobs: int = 1,
    lung_weights: str | Path | None = None,
    options: Mapping[str, object] | None = None,
) -> TrainedModel:
    """Load a trained model, whichever system wrote it: `load_model(folder).predict(scan)`.

    device: auto, cpu, cuda or mps; precision: fp32, bf16, int8 after `spgc quantise`, or auto;
    engine: torch, openvino or auto; batch_size: slices that run at once, None for what suits; jobs:
    scans worked on at a time; lung_weights: of a model whose lung masks are a network's; options:
    of the system, which change how it answers.

    >>> import spgc
    >>> spgc.load_model("no-such-folder")
    Traceback (most recent call last):
    ...
    spgc.errors.ModelError: ...

    Raises ModelError when the folder is no model, damaged, or of a system that is not installed.
    """
    run = RunSettings(device, precision, batch_size, jobs=jobs, engine=engine)
    system = load_system(Path(folder), run, option_texts(options))
    return TrainedModel(system, Path(folder), None if lung_weights is None else Path(lung_weights))


def option_texts(options: Mapping[str, object] | None) -> dict[str, str]:
    """Options of a system as the text that it reads: `epochs=3`, `seeds=(1, 2)`, `flag=True`."""
    return {name.replace("-", "_"): _text(value) for name, value in (options or {}).items()}


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(_text, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
