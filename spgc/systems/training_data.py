"""What training data has to hold, whichever system learns from it."""

from __future__ import annotations

from collections.abc import Sequence

from spgc.contract.scan import LabelledScan
from spgc.errors import DataError
from spgc.protocol import CLASSES


def check_classes(train: Sequence[LabelledScan], slices: Sequence[int]) -> None:
    """Raise DataError when a class has no scan or no labelled slice.

    slices: the class of every labelled slice, as an index into `CLASSES`.
    """
    for number, label in enumerate(CLASSES):
        scans = sum(scan.label == label for scan in train)
        labelled = sum(found == number for found in slices)
        if not scans or not labelled:
            raise DataError(
                f"nothing to learn {label} from",
                where="training split",
                found=f"{scans} scans, {labelled} labelled slices",
                expected="at least one of each",
                do="check the folder and its slice labels with spgc data check",
            )
