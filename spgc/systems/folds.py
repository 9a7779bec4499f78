"""Folds of training scans for cross-validation: whole scans, evenly by class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spgc.contract.scan import LabelledScan
from spgc.errors import DataError
from spgc.files.foreign_names import folder_in
from spgc.files.whole import make_folder
from spgc.jobs.progress import T, Track, silent
from spgc.protocol import CLASSES

FOLDS = "folds"
"""Sub-folder of the model folder; only resuming needs it."""


@dataclass(frozen=True)
class Fold:
    """The training scans without one fold: seen, which its networks learn from, and held out.

    place: folder of its files; track: names the fold in what it shows.
    """

    seen: Sequence[LabelledScan]
    held: Sequence[LabelledScan]
    place: Path
    track: Track


def folds_of(
    train: Sequence[LabelledScan],
    samples: Sequence[tuple[str, int]],
    count: int,
    seed: int,
) -> dict[str, int]:
    """Fold of each training scan by case ID, 0 to `count` - 1; each scan is one patient.

    samples: case ID and class index of every slice that is learnt from. Scans are dealt out at
    random within each class, those with samples and those without apart, so that folds differ by
    one scan of a kind at most. The order of `train` does not matter. Raises DataError when a class
    would have no samples left outside some fold.
    """
    sampled = {case_id for case_id, _ in samples}
    kinds: dict[tuple[int, bool], list[str]] = {}
    for scan in train:
        kind = (CLASSES.index(scan.label), scan.case_id in sampled)
        kinds.setdefault(kind, []).append(scan.case_id)
    generator = np.random.default_rng(seed)
    folds: dict[str, int] = {}
    for kind in sorted(kinds):
        for name in generator.permutation(sorted(kinds[kind])):
            folds[str(name)] = len(folds) % count  # goes on where the last kind ended
    _check(samples, folds)
    return folds


def each_fold(
    train: Sequence[LabelledScan],
    folds: Mapping[str, int],
    count: int,
    folder: Path,
    track: Track = silent,
) -> Iterator[Fold]:
    """The folds 0 to `count` - 1 that `folds_of` dealt, in turn.

    Fold k of K has its files in `folder`/folds/k-of-K, which is there when the fold comes.
    """
    for number in range(count):
        place = folder_in(folder, FOLDS, f"{number + 1}-of-{count}")
        make_folder(place)
        yield Fold(
            [scan for scan in train if folds[scan.case_id] != number],
            [scan for scan in train if folds[scan.case_id] == number],
            place,
            _named(track, f"fold {number + 1}/{count}"),
        )


def _named(track: Track, name: str) -> Track:
    def named(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        return track(items, f"{name}: {label}", total)

    return named


def _check(samples: Sequence[tuple[str, int]], folds: Mapping[str, int]) -> None:
    for label, name in enumerate(CLASSES):
        homes = {folds[case_id] for case_id, found in samples if found == label}
        if len(homes) < 2:
            raise DataError(
                f"too few scans with {name} slices for folds",
                where="training split",
                found=f"all of them in {len(homes)} fold",
                expected="scans in two folds or more",
                do="use another number of folds, or none (--folds 0)",
            )
