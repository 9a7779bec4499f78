"""Which slices are learnt from: counts of the data path, draws, and slices that nobody labelled."""

from __future__ import annotations

import copy
import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from spgc.contract.scan import LabelledScan
from spgc.data.label_arrays import read_array
from spgc.nets.slices.samples import Sample
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.systems.thesaviours.learnt_slices import (
    Rounds,
    binary_samples,
    class_samples,
    infected_in_window,
    unmarked,
)
from spgc.systems.thesaviours.settings import AS_RELEASED
from tests.systems.thesaviours import tiny

USED = {COVID19: 3046, CAP: 910}
"""Infected slices that the team trained on: 64 / 0.01050558 and 64 / 0.03516484, the means that
their code subtracts, are 6092 and 1820 slices, half of them infected."""

SCANS = {COVID19: 55, CAP: 25}
"""Scans with slice labels."""

BOTH_ENDS, INSIDE = (7, 9), 80


def runs(label: str) -> list[tuple[int, int, int]]:
    """Made scans: slices, and first and last infected one from the head, that count to `USED`.

    Slice counts of both parities. Of each infected run some slices lie beyond the window, but for
    the last scan, whose run lies inside it and makes the sum.
    """
    made, left = [], USED[label]
    for number in range(SCANS[label] - 1):
        slices = 120 + (37 * number) % 61
        first_inside = slices - slices // 2 - 40  # the window's first slice, from the head
        inside = 32 + (11 * number) % 9 if label == CAP else 49 + (11 * number) % 13
        if number % 2:  # it begins above the window
            made.append((slices, first_inside - BOTH_ENDS[0], first_inside + inside - 1))
        else:  # it ends below the window
            end = first_inside + INSIDE
            made.append((slices, end - inside, end + BOTH_ENDS[1] - 1))
        left -= inside
    assert 0 < left <= INSIDE
    slices = 151
    first = slices - slices // 2 - 40
    return [*made, (slices, first, first + left - 1)]


def made_scan(label: str, number: int, run: tuple[int, int, int]) -> LabelledScan:
    """A scan with labels as the released array has them: 200 places from the head, then 0."""
    slices, first, last = run
    row = np.zeros(200, np.uint8)
    row[first : last + 1] = 1
    scan = tiny.scan(f"{label} {number}", label, slices)
    return dataclasses.replace(scan, infected=row[:slices])


@pytest.mark.parametrize("label", [COVID19, CAP])
def test_the_window_holds_as_many_infected_slices_as_the_team_used(label: str) -> None:
    """And more of them lie outside, or are lost where the window is one slice off."""
    scans = [made_scan(label, number, run) for number, run in enumerate(runs(label))]
    assert len(scans) == SCANS[label]
    assert {scan.scan.n_slices % 2 for scan in scans} == {0, 1}
    assert sum(len(infected_in_window(scan, "anatomical")) for scan in scans) == USED[label]
    assert sum(int(s.infected.sum()) for s in scans if s.infected is not None) > USED[label] + 100
    normals = [tiny.scan(f"normal {n}", NORMAL, 150) for n in range(3)]
    learnt, checks = binary_samples([*scans, *normals], label, tiny.SETTINGS)
    kinds = Counter(sample.label for sample in (*learnt, *checks))
    assert kinds == {CLASSES.index(label): USED[label], CLASSES.index(NORMAL): USED[label]}
    assert 64 / sum(kinds.values()) == pytest.approx(
        {COVID19: 0.01050558, CAP: 0.03516484}[label], abs=5e-9
    )


@pytest.mark.real
def test_released_labels_of_scans_of_150_slices(real_data: Path) -> None:
    """The released arrays lack one COVID-19 scan of 36 marks; with it the count is 3015."""
    folder = real_data / "covid-ct-md-sample"
    rows = read_array(folder / "Slice-level-labels.npy", folder / "Index.csv")
    found: Counter[str] = Counter()
    for case, row in rows.items():
        label = CAP if case.startswith("cap") else COVID19
        scan = dataclasses.replace(tiny.scan(case, label, 150), infected=row[:150])
        found[label] += len(infected_in_window(scan, "anatomical"))
    assert found == {COVID19: 2984, CAP: 909}


def test_labels_as_released_are_read_from_the_feet() -> None:
    scan = tiny.scan("P", COVID19, 101, [30, 31, 60])
    assert infected_in_window(scan, "anatomical") == [30, 31, 60]
    assert infected_in_window(scan, AS_RELEASED) == [40, 69, 70]


def test_slices_without_label_are_not_infected() -> None:
    assert infected_in_window(tiny.scan("P", COVID19, 9), "anatomical") == []


def test_a_fifth_of_stage_1_is_for_checks() -> None:
    learnt, checks = binary_samples(tiny.cohort(), CAP, tiny.SETTINGS)
    assert (len(learnt), len(checks)) == (10, 2)  # three CAP scans of two marks, and as many normal
    again = binary_samples(tiny.cohort(), CAP, tiny.SETTINGS)
    assert (learnt, checks) == again
    other = binary_samples(tiny.cohort(), CAP, dataclasses.replace(tiny.SETTINGS, seed=6))
    assert other != again


def test_negatives_are_drawn_with_replacement_from_all_normal_slices() -> None:
    """One normal scan of five slices, 120 infected ones: every slice is drawn many times."""
    scans = [tiny.scan("P", COVID19, 120, range(20, 100)), tiny.scan("N", NORMAL, 5)]
    learnt, checks = binary_samples(scans, COVID19, tiny.SETTINGS)
    normal = Counter(s.index for s in (*learnt, *checks) if s.label == CLASSES.index(NORMAL))
    assert sum(normal.values()) == 80
    assert set(normal) == set(range(5))


def test_stage_1_needs_marks_and_normals() -> None:
    infected, normal = tiny.scan("P", COVID19, 9, [4]), tiny.scan("N", NORMAL, 5)
    assert binary_samples([infected], COVID19, tiny.SETTINGS) == ([], [])
    assert binary_samples([normal, tiny.scan("Q", COVID19)], COVID19, tiny.SETTINGS) == ([], [])


def test_scans_that_stage_1_marks() -> None:
    scans = tiny.cohort()
    assert [s.case_id for s in unmarked(scans, COVID19, tiny.SETTINGS)] == ["P0"]
    assert [s.case_id for s in unmarked(scans, CAP, tiny.SETTINGS)] == ["cap0"]
    assert unmarked(scans, NORMAL, tiny.SETTINGS) == []
    released = dataclasses.replace(tiny.SETTINGS, cap_pseudo_labels=False)
    assert unmarked(scans, CAP, released) == []


def test_stage_2_has_marked_and_pseudo_labelled_slices_and_all_of_normals() -> None:
    scans = tiny.cohort()
    samples = class_samples(scans, {"P0": [1, 4], "cap0": []}, tiny.SETTINGS)
    found = {(scans[s.scan].case_id, s.index, s.label) for s in samples}
    assert len(found) == len(samples)
    assert {index for case, index, _ in found if case == "P0"} == {1, 4}
    assert {index for case, index, _ in found if case == "P1"} == {1, 2, 3}
    assert not {index for case, index, _ in found if case == "cap0"}
    assert {index for case, index, _ in found if case == "normal1"} == set(range(6))
    assert all(kind == CLASSES.index(scans[0].label) for case, _, kind in found if case[0] == "P")


def test_each_round_draws_afresh_and_shows_all_cap() -> None:
    pool = tuple(
        Sample(kind, index, kind)
        for kind, count in ((0, 30), (1, 7), (2, 30))
        for index in range(count)
    )
    rounds = Rounds(pool, draws=12, epochs=5, seed=3)
    first, second = rounds(0), rounds(5)
    assert rounds(4) == first
    assert rounds(9) == second != first
    for samples in (first, second):
        assert Counter(s.label for s in samples) == {0: 12, 1: 7, 2: 12}
        assert {s.index for s in samples if s.label == 1} == set(range(7))
    assert copy.deepcopy(rounds)(5) == second  # as a loading process has it


def test_draws_are_with_replacement() -> None:
    pool = (Sample(0, 0, 0), Sample(1, 0, 1), Sample(2, 0, 2), Sample(2, 1, 2))
    assert Counter(Rounds(pool, 50, 1, 0)(0))[pool[0]] == 50
