"""Answers and labels that a program holds: mappings, DataFrames, arrays with their case IDs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from spgc.challenge.definition import Challenge
from spgc.challenge.spgc_challenge import challenge_given
from spgc.challenge.word_forms import OWN_CASE_NAMES, column_word
from spgc.data.manifests import Manifest, read_manifests
from spgc.errors import UsageError
from spgc.files.csv_text import csv_text
from spgc.files.doubles import first_double
from spgc.files.regular import is_folder
from spgc.files.standard_input import GivenFile, TableInMemory
from spgc.scoring.arguments import check_truth
from spgc.scoring.score import manifest_of
from spgc.submissions.columns import CASE_COLUMN, LABEL_COLUMN, has_case_name
from spgc.submissions.reading_rules import Reading
from spgc.submissions.submission import Submission
from spgc.submissions.truth_file import read_truth
from spgc.text.any_value import written

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array: TypeAlias = Sequence[str] | Sequence[int] | np.ndarray[Any, Any]
    """Values in the order of `cases`."""

    GivenAnswers: TypeAlias = (
        str
        | Path
        | Mapping[str, str]
        | Mapping[str, int]
        | pd.DataFrame
        | pd.Series[Any]
        | Submission
    )
    """Answers: a file, case ID to class, a DataFrame like such a file, or a Series."""

    GivenLabels: TypeAlias = GivenAnswers | Manifest | Array | None
    """What answers are scored on: the same, a folder of manifests, or None for the challenge's."""

CaseIds: TypeAlias = Iterable[str] | None
"""Case IDs in the order of arrays of answers and labels."""


def is_frame(given: object) -> bool:
    """Whether it is a DataFrame of pandas, which is not loaded to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(given, pandas.DataFrame)


def is_series(given: object) -> bool:
    """Whether it is a Series of pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(given, pandas.Series)


def frame_file(given: Any, name: str) -> TableInMemory:
    """A DataFrame as the CSV file that it would be written to.

    Texts as index are the case IDs, unless a column is called like one of case IDs.

    Raises UsageError for an index of several levels, where index and column could both be the case
    IDs, and for a cell that can't be written.
    """
    if given.index.nlevels > 1 or given.columns.nlevels > 1:
        raise UsageError(
            "a DataFrame has several levels of names",
            found=f"{given.index.nlevels} of rows, {given.columns.nlevels} of columns",
            expected="one",
            do="DataFrame.reset_index()",
        )
    texts = len(given.index) > 0 and all(isinstance(one, str) for one in given.index)
    columns = [i for i, one in enumerate(given.columns) if has_case_name([written(one)])]
    if texts:
        _refuse_two_cases(given, columns, name)
    named = texts and not columns
    try:
        text = given.to_csv(index=named, index_label=CASE_COLUMN, lineterminator="\n")
    except ValueError as error:  # an integer of more digits than Python writes
        raise UsageError(
            f"{name}: a cell of a DataFrame can't be written",
            found=str(error).split(";", 1)[0],
            expected="texts and numbers",
        ) from error
    return TableInMemory(text.encode("utf-8", "surrogatepass"), name)


def _refuse_two_cases(given: Any, columns: Sequence[int], name: str) -> None:
    """Raise UsageError where one of `columns` holds other case IDs than the index of texts.

    One of spgc's own names for it, such as Study, says which of the two is meant, unless the index
    is called like case IDs as well.
    """
    own = any(column_word(str(given.columns[i])) in OWN_CASE_NAMES for i in columns)
    if own and not has_case_name([str(given.index.name)]):
        return
    for place in columns:
        cells = [written(one) for one in given.iloc[:, place]]
        row = next((i for i, cell in enumerate(cells) if cell != given.index[i]), None)
        if row is not None:
            raise UsageError(
                f"{name}: the index and the column {given.columns[place]!s} of a DataFrame could "
                "both be the case IDs",
                found=f"{given.index[row]!r} and {cells[row]!r}"[:200],
                expected="one of the two",
                do="DataFrame.drop(columns=...), or DataFrame.reset_index(drop=True)",
            )


def series_values(given: Any, name: str) -> dict[Any, Any]:
    """The values of a Series by case ID. Raises UsageError for a case that it holds twice."""
    if not given.index.is_unique:
        twice = given.index[given.index.duplicated()][0]
        raise UsageError(
            f"{name}: a case is twice in the index of a Series",
            found=repr(twice)[:80],
            expected="each case once",
            do="Series.groupby(level=0).nunique() shows them",
        )
    return dict(given.to_dict())


def case_list(cases: Any) -> list[Any] | None:
    """The case IDs of arrays, in their order. Raises UsageError for what has none."""
    if cases is None:
        return None
    ordered = isinstance(cases, Iterable) and not isinstance(cases, str | bytes | set | frozenset)
    if not ordered:
        raise UsageError(
            "cases is no list of case IDs in the order of the arrays",
            found=type(cases).__name__,
            expected="a list",
        )
    return list(cases)


def table_file(given: GivenAnswers, name: str) -> GivenFile:
    """Whatever holds answers or labels as a file; `name` is what to call it without one.

    Raises UsageError for anything else.
    """
    if isinstance(given, str | Path):
        return Path(given)
    if is_frame(given):
        return frame_file(given, name)
    if isinstance(given, Submission):
        given = given.predictions
    if is_series(given):
        given = series_values(given, name)
    if not isinstance(given, Mapping):
        raise UsageError(
            f"{name}: predictions of an unknown type",
            found=type(given).__name__,
            expected="a file, a mapping from case ID to class, or a DataFrame",
        )
    rows = [(_case_id(case), written(label)) for case, label in given.items()]
    return TableInMemory(
        csv_text([(CASE_COLUMN, LABEL_COLUMN), *rows]).encode("utf-8", "surrogatepass"), name
    )


def named_files(answers: Any, challenge: Challenge) -> dict[str, GivenFile]:
    """The files of the systems by name. Raises UsageError for one system's answers by case ID."""
    if answers is None:
        return {}
    if isinstance(answers, str | Path):
        return {Path(answers).stem: Path(answers)}
    if isinstance(answers, Mapping):
        bare = [v for v in answers.values() if isinstance(v, str) and challenge.class_named(v)]
        if not bare:
            names = [str(name) for name in answers]
            if (twice := first_double(names)) is not None:
                raise UsageError("two systems have one name", found=twice, expected="a name each")
            return {str(name): table_file(one, str(name)) for name, one in answers.items()}
    if isinstance(answers, Sequence) and all(isinstance(one, str | Path) for one in answers):
        return {str(one): Path(one) for one in answers}
    whole = isinstance(answers, Mapping) or is_frame(answers) or is_series(answers)
    raise UsageError(
        "a system has no name" if whole else "predictions of an unknown type",
        found=f"the predictions of one system: {type(answers).__name__}"
        if whole
        else type(answers).__name__,
        expected="files, or a mapping from system name to predictions",
        do='{"my model": answers}',
    )


def by_case(values: Any, cases: CaseIds, name: str) -> dict[str, Any]:
    """An array's values by case ID, as Python's own kinds; a row of it where it has two axes.

    Raises UsageError unless there is one value for each case, and each case once.
    """
    names = [_case_id(case) for case in cases or ()]
    listed = list(values.tolist() if hasattr(values, "tolist") else values)
    if len(names) != len(listed):
        raise UsageError(
            f"{name} and cases are not as many",
            found=f"{len(listed)} and {len(names)}",
            expected="one value per case",
        )
    made = dict(zip(names, listed, strict=True))
    if len(made) < len(names):
        found = first_double(names)
        raise UsageError("a case is named twice in cases", found=found, expected="each case once")
    return made


def is_array(given: object) -> bool:
    """Whether it is a list or an array, whose values only case IDs can tell apart."""
    plain = isinstance(given, Sequence) and not isinstance(given, str | bytes)
    return plain or (hasattr(given, "__array__") and not is_frame(given) and not is_series(given))


def challenge_of_truth(truth: object, given: Challenge | str | Path | None) -> Challenge:
    """The challenge that is meant: a manifest's own, else the one in a file; without one SPGC."""
    return truth.challenge if isinstance(truth, Manifest) else challenge_given(given)


def labels_of(truth: GivenLabels, reading: Reading, cases: CaseIds = None) -> Manifest:
    """What to score on; without `truth` the challenge's own cases.

    Raises UsageError for a kind that is not known, DataError for what a file holds.
    """
    given: Any = truth
    if is_frame(given):
        return read_truth(frame_file(given, "truth"), reading).manifest
    if isinstance(given, str | Path) and is_folder(Path(given)):
        return read_manifests(Path(given), reading.challenge)
    if is_series(given):
        given = series_values(given, "truth")
    elif cases is not None and is_array(given):
        given = by_case(given, cases, "truth")
    check_truth(given)
    return manifest_of(given, reading)


def _case_id(case: object) -> str:
    if not isinstance(case, str):
        found = written(case, repr)[:200]
        raise UsageError("a case ID is no text", found=found, expected="'T2-001'")
    return str(case)
