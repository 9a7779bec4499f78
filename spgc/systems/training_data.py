"""What training data has to hold, whichever system learns from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from spgc.contract.scan import LabelledScan
from spgc.errors import DataError
from spgc.model.trained_on import training_facts
from spgc.protocol import CLASSES


def check_classes(train: Sequence[LabelledScan], slices: Sequence[int] | None = None) -> None:
    """Raise DataError when a class has no scan or no labelled slice.

    slices: the class of every labelled slice, as an index into `CLASSES`; None for a system that
    learns from whole scans.
    """
    for number, label in enumerate(CLASSES):
        scans = sum(scan.label == label for scan in train)
        labelled = None if slices is None else sum(found == number for found in slices)
        if not scans or labelled == 0:
            shown = "" if labelled is None else f", {labelled} labelled slices"
            raise DataError(
                f"nothing to learn {label} from",
                where="training split",
                found=f"{scans} scans{shown}",
                expected="at least one" if labelled is None else "at least one of each",
                do="check the folder and its slice labels with spgc data check",
            )


def trained_on_slices(train: Sequence[LabelledScan], slices: Sequence[int]) -> dict[str, Any]:
    """What model.json says of the training data of a slice stage; slices: as in `check_classes`."""
    found = Counter(CLASSES[label] for label in slices)
    return training_facts(train) | {"labelled_slices": {name: found[name] for name in CLASSES}}
