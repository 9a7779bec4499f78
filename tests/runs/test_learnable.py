"""Scans that can't be learned from are left out by name; the others go on."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset, open_dataset
from spgc.runs.learnable import learnable
from spgc.runs.scans import labelled_scans, prepare


@pytest.fixture
def own(cohort: Path, tmp_path: Path) -> Path:
    """A copy of the cohort that a test may spoil."""
    return Path(shutil.copytree(cohort, tmp_path / "own"))


def labelled(dataset: Dataset) -> list[str]:
    """Training cases with slice labels."""
    return [
        c.case_id for c in dataset.cases("train") if dataset.slice_labels(c.case_id) is not None
    ]


def relabel(root: Path, counts: dict[str, int]) -> None:
    """Slice labels for so many slices by case, the last one infected."""
    rows = [f"{case},{k},{int(k == n - 1)}" for case, n in counts.items() for k in range(n)]
    (root / "slice_labels.csv").write_text("\n".join(["case,slice,infected", *rows]) + "\n")


@pytest.mark.parametrize("extra", [1, -1], ids=["too many", "too few"])
def test_one_row_of_labels_that_does_not_fit(extra: int, own: Path, store: SliceStore) -> None:
    names = labelled(open_dataset(own))
    prepared = prepare(open_dataset(own), open_dataset(own).cases("train"), store)
    counts = {name: prepared.scans[name].n_slices for name in names}
    bad = names[0]
    relabel(own, counts | {bad: counts[bad] + extra})
    dataset = open_dataset(own)
    cases = dataset.cases("train")
    good = learnable(dataset, prepared, cases)
    assert set(good.failures) == {bad}
    assert f"slice labels of {bad} do not fit its scan" in str(good.failures[bad])
    names = [scan.case_id for scan in labelled_scans(dataset, good, cases)]
    assert names == [case.case_id for case in cases if case.case_id != bad]


def test_a_whole_cohort_is_left_alone(dataset: Dataset, store: SliceStore) -> None:
    cases = [*dataset.cases("train"), *dataset.cases("val")]
    prepared = prepare(dataset, cases, store)
    assert learnable(dataset, prepared, cases) == prepared


def test_the_same_files_twice(dataset: Dataset, store: SliceStore) -> None:
    """In both splits: validation loses its copy. With two classes: neither can be believed."""
    cases = [*dataset.cases("train"), *dataset.cases("val")]
    prepared = prepare(dataset, cases, store)
    by_class: dict[tuple[str, str], str] = {}
    for case in cases:
        by_class.setdefault((case.split, str(case.label)), case.case_id)
    train, val = by_class["train", "CAP"], by_class["val", "CAP"]
    copied = dataclasses.replace(prepared, scans={**prepared.scans, val: prepared.scans[train]})
    unlabelled = dataclasses.replace(dataset, _labels=[None])
    good = learnable(unlabelled, copied, cases)
    assert set(good.failures) == {val}
    assert f"{val} of val is the same scan as a training scan" in str(good.failures[val])
    other = by_class["train", "Normal"]
    copied = dataclasses.replace(prepared, scans={**prepared.scans, other: prepared.scans[train]})
    good = learnable(unlabelled, copied, cases)
    assert set(good.failures) == {train, other}
    assert "one class for one scan" in str(good.failures[other])
    assert np.isin(list(good.scans), [c.case_id for c in cases]).all()


def test_training_scans_of_the_same_files_are_learnt_from_once(
    dataset: Dataset, store: SliceStore
) -> None:
    """The one with slice labels stays, else the first: folds would part a scan from itself."""
    cases = dataset.cases("train")
    prepared = prepare(dataset, cases, store)
    first, other = sorted(c.case_id for c in cases if c.label == "CAP")[:2]
    copied = dataclasses.replace(prepared, scans={**prepared.scans, other: prepared.scans[first]})
    unlabelled = dataclasses.replace(dataset, _labels=[None])
    good = learnable(unlabelled, copied, cases)
    assert set(good.failures) == {other}
    assert f"{other} is the same scan as another training scan" in str(good.failures[other])
    kept, left = (other, first) if dataset.slice_labels(first) is None else (first, other)
    assert dataset.slice_labels(left) is None
    copied = dataclasses.replace(prepared, scans={**prepared.scans, left: prepared.scans[kept]})
    assert set(learnable(dataset, copied, cases).failures) == {left}
