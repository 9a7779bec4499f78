"""Results of training and prediction as parts of pages, for notebooks."""

from __future__ import annotations

from pathlib import Path

from spgc.protocol import CLASSES
from spgc.report.page.blocks import CellTable, block, synthetic_warning
from spgc.report.run_parts import prediction_marks, prediction_parts, training_parts
from spgc.runs.predict import Predicted
from spgc.runs.train import Trained
from spgc.text.synthetic import SYNTHETIC_MODEL


def training_block(done: Trained, folder: Path) -> str:
    """A trained model: right answers on validation by class, its folder and hash."""
    val = done.val
    counts = zip(CLASSES, val.hits, val.scans, strict=True)
    rows = [(name, f"{right}/{of}") for name, right, of in counts]
    table = CellTable(f"Accuracy on {val.split}", ("Class", "Accuracy"), rows)
    notes = [part.plain for part in training_parts(done, folder)]
    return block(warnings=synthetic_warning(val.synthetic), tables=[table], notes=notes)


def prediction_block(done: Predicted) -> str:
    """Answers of a model: how many scans of each class, and the files that hold them."""
    rows = [(name, str(count)) for name, count in done.labels.most_common()]
    table = CellTable("Answers", ("Class", "Scans"), rows)
    marks = [SYNTHETIC_MODEL] if done.document["synthetic"] else [str(done.document["purpose"])]
    marks += [mark.plain for mark in prediction_marks(done)]
    notes = [part.plain for part in prediction_parts(done)]
    return block(warnings=marks, tables=[table], notes=notes)
