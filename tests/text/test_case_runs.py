"""Case IDs in few words, and every case ID found again in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.text.case_runs import case_runs


@pytest.mark.parametrize(
    ("cases", "text"),
    [
        ([], ""),
        (["T2-001"], "T2-001"),
        (["T2-001", "T2-002"], "T2-001, T2-002"),
        (["T2-001", "T2-002", "T2-003", "T2-005", "x"], "T2-001–T2-003, T2-005, x"),
        (["cap8", "cap9", "cap10", "cap11", "cap12"], "cap8–cap12"),
        (["P098", "P099", "P100"], "P098–P100"),
        (["P08", "P09", "P010"], "P08, P09, P010"),
        ([str(number) for number in range(1, 31)], "1–30"),
        (["T1-009", "T2-010", "T2-011"], "T1-009, T2-010, T2-011"),
        (["P3", "P2", "P1"], "P3, P2, P1"),
        (["1" * 5000, "x" * 3], f"{'1' * 5000}, xxx"),
        (["a", "a", "a"], "a, a, a"),
    ],
)
def test_by_hand(cases: list[str], text: str) -> None:
    assert case_runs(cases) == text


@given(st.sets(st.integers(1, 999)))
def test_no_case_is_lost(numbers: set[int]) -> None:
    cases = [f"P{number:03d}" for number in sorted(numbers)]
    found: list[str] = []
    for part in filter(None, case_runs(cases).split(", ")):
        first, _, last = part.partition("–")
        stop = int((last or first)[1:])
        found += [f"P{number:03d}" for number in range(int(first[1:]), stop + 1)]
    assert found == cases
