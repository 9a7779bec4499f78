"""Failures of many scans for one reason are told once."""

from spgc.errors import SeriesError, StoreError
from spgc.holes import alike


def test_failures_that_say_the_same_are_one() -> None:
    full = [StoreError("can't write", where="store", found="Read-only") for _ in range(3)]
    failures = dict(zip("abc", full, strict=True)) | {"d": SeriesError("no slices", where="d")}
    assert {str(one): cases for one, cases in alike(failures).items()} == {
        str(full[0]): ["a", "b", "c"], str(failures["d"]): ["d"],
    }  # fmt: skip
    assert alike({}) == {}
