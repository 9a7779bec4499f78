"""Scans without labels given to training: refused where a system has no use for them."""

from __future__ import annotations

from collections.abc import Sequence

from spgc.contract.scan import NamedScan
from spgc.contract.system import System
from spgc.errors import UsageError


def refuse_unlabelled(system: str, unlabelled: Sequence[NamedScan]) -> None:
    """Raise UsageError when there are any: leaving them out in silence would mislead."""
    if unlabelled:
        raise UsageError(
            f"system {system} can't learn from unlabelled scans",
            found=f"{len(unlabelled)} scans",
            expected="none",
            do="leave out --unlabelled",
        )


def refuse_unlabelled_splits(system: type[System], splits: Sequence[str]) -> None:
    """Raise UsageError for splits that a system can't use, or that training uses already."""
    if splits and not system.learns_unlabelled:
        raise UsageError(
            f"system {system.name} can't learn from unlabelled scans",
            found=f"--unlabelled {' '.join(splits)}",
            expected="no --unlabelled",
        )
    for split in splits:
        if split in ("train", "val"):
            raise UsageError(
                "split is no use without its labels",
                found=split,
                expected="a test set",
                do="leave out --unlabelled",
            )
