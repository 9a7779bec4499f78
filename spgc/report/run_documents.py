"""What `spgc train` and `spgc predict` did, as the plain values of `--json`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from spgc.model.identity import marks_covered
from spgc.runs.predict import Predicted
from spgc.runs.scans import Prepared
from spgc.runs.train import Trained


def training_document(done: Trained, folder: Path) -> dict[str, Any]:
    """The model and its card, its scores on validation, and what became of the scans."""
    return {
        "schema": "spgc-train/1",
        "model": str(folder),
        "card": dict(done.document),
        "val": done.val.as_dict(),
        "val_trained_on": done.learnt,
        "val_chose": done.chose,
        "int8": [asdict(network) for network in done.int8],
        **trouble_document(done.prepared),
    }


def prediction_document(done: Predicted) -> dict[str, Any]:
    """The files, the classes, marks of the scans, and what became of the scans."""
    return {
        "schema": "spgc-predict/1",
        "files": [str(path) for path in done.files],
        "scans": done.labels.total(),
        "labels": dict(done.labels),
        "left_out": list(done.choice.left_out),
        "filled_in": dict(done.choice.filled),
        "held_back": list(done.choice.held_back),
        "transductive": list(done.transductive),
        "learnt_with_labels": list(done.learnt),
        "trained_on": None if done.trained_on is None else list(done.trained_on),
        "chosen_by": list(done.chosen_by),
        "model_hash": done.document["model_hash"],
        "trained_on_synthetic": done.document["synthetic"],
        "purpose": done.document["purpose"],
        "marks_covered": marks_covered(done.document),
        **trouble_document(done.prepared),
    }


def trouble_document(prepared: Prepared) -> dict[str, object]:
    """Remarks, failures and missing scans by case ID."""
    return {
        "remarks": prepared.remarks(),
        "failures": {case: failure.as_dict() for case, failure in prepared.failures.items()},
        "missing": list(prepared.missing),
    }
