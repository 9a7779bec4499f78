"""Feature importance of a patient classifier: measured, as a table, and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from spgc.classifiers.patient_stage import patient_stage
from spgc.contract.system import RunSettings
from spgc.explain.patient_classifiers import Explained, explain_scans, explain_training
from spgc.files.overwriting import check_outputs
from spgc.protocol import CLASSES
from spgc.report.importance_figure import IMPORTANCE_FILES, write_importance
from spgc.report.score_tables import name_text, plain_table
from spgc.runs.cases import DataFolder, named_split, open_scans
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.registry import load_system

TOP = 10
"""Features that are listed."""

CAUTION = (
    "Group 1 is at the head, 20 at the feet. Features are correlated: importance shows what this "
    "classifier uses, not where disease is."
)


@dataclass(frozen=True)
class WrittenImportance:
    """Importance as it was measured and written; prepared: what became of a split's scans."""

    explained: Explained
    files: tuple[Path, ...]
    prepared: Prepared | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-importance/1",
            "source": self.explained.source,
            "synthetic": self.explained.synthetic,
            "top": top_features(self.explained),
            "contributions": self.explained.found.parts(),
            "files": [str(path) for path in self.files],
        }


def measure_importance(
    model: Path,
    data: DataFolder,
    store: Path,
    out: Path,
    split: str | None = None,
    *,
    run: RunSettings,
    dpi: int | None = None,
    listener: Listener = NOBODY,
) -> WrittenImportance:
    """Measure and write the importance, on the scans of a split or the model's training scans.

    Raises UsageError for an unknown split or a system without patient classifier, ModelError for a
    folder that is no model, DataError for a split without known classes.
    """
    check_outputs(out, IMPORTANCE_FILES)
    name = split and named_split(data, split)
    prepared = None
    if name:
        system = patient_stage(load_system(model, run))
        dataset, cases, prepared = open_scans(
            data, store, [name], system.lung_method, jobs=run.jobs, listener=listener
        )
        listener.scans_read(prepared)
        scans = labelled_scans(dataset, prepared, cases)
        explained = explain_scans(system, scans, name, listener.track)
    else:
        # The networks stay unread, and without a split no option of theirs counts.
        system = patient_stage(load_system(model, RunSettings("cpu", engine="auto")))
        explained = explain_training(system)
    return WrittenImportance(explained, tuple(write_importance(explained, out, dpi)), prepared)


def top_features(explained: Explained) -> Sequence[dict[str, Any]]:
    """The features with the largest contributions; shares as fractions of all."""
    found = explained.found
    return [
        {
            "backbone": found.backbones[backbone],
            "group": group + 1,
            "class": CLASSES[label],
            "contribution": float(found.contributions[backbone, group, label]),
            "gain": float(found.gain[backbone, group, label]),
        }
        for backbone, group, label in found.top(TOP)
    ]


def importance_parts(done: WrittenImportance) -> Iterator[Table | Text]:
    """The largest contributions, sums by backbone, group and class, and the files."""
    explained = done.explained
    title = f"Largest contributions ({explained.source})"
    table = plain_table(title, synthetic=explained.synthetic)
    for column in ("Backbone", "Class"):
        table.add_column(column, no_wrap=True)
    for column in ("Group", "Contribution %", "Gain %"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in top_features(explained):
        percent = (f"{100 * row[key]:.1f}" for key in ("contribution", "gain"))
        table.add_row(row["backbone"], row["class"], str(row["group"]), *percent)
    yield table
    for kind, shares in explained.found.parts().items():
        parts = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())
        yield name_text(f"contributions by {kind}: {parts}")
    for path in done.files:
        yield name_text(f"wrote {path}")
