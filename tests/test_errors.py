"""Errors say everything in one line and survive the way back from a worker process."""

import pickle

from spgc.errors import LONGEST, DataError, SeriesError, SpgcError, UsageError


def test_one_line_with_all_its_parts() -> None:
    error = SeriesError("two series", where="a/b", found=2, expected="one", do="remove one")
    assert str(error) == "two series [a/b]: found 2, expected one. Do: remove one"
    assert error.as_dict() == {
        "error": "SeriesError",
        "what": "two series",
        "where": "a/b",
        "found": "2",
        "expected": "one",
        "do": "remove one",
    }


def test_parts_are_optional() -> None:
    assert str(DataError("empty")) == "empty"
    assert str(DataError("empty", expected="rows")) == "empty: expected rows"


def test_exit_codes() -> None:
    assert SpgcError("x").exit_code == 1
    assert UsageError("x").exit_code == 2


def test_survives_a_worker_process() -> None:
    error = SeriesError("two series", where="a", do="remove one")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert type(again) is SeriesError
    assert str(again) == str(error)


def test_what_files_hold_makes_no_endless_line() -> None:
    error = DataError("x" * 10**6, where="a", found=[0] * 10**6, expected="y" * 10**6, do="z")
    assert len(str(error)) < 4 * LONGEST
    assert str(error).endswith("\u2026. Do: z")
    assert len(pickle.loads(pickle.dumps(error)).found) == LONGEST + 1  # noqa: S301  our own bytes
