"""What pandas alters of a column is known; it is the oracle."""

from __future__ import annotations

from io import StringIO

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spgc.files.csv_text import csv_text
from spgc.kits.pandas_names import altered

PIECES = st.sampled_from(
    ["7", "007", "10", "1e5", "-3", "0", "NA", "nan", "None", "True", "TRUE", "false", "1.5", "a7"]
) | st.text("0123456789abeE+-.xN/_ ", min_size=1, max_size=6).map(str.strip).filter(bool)


def read(names: list[str]) -> list[str]:
    table = csv_text([("Study", "Label"), *((name, "x") for name in names)])
    return [str(one) for one in pd.read_csv(StringIO(table))["Study"]]


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4))
def test_names_that_count_as_kept_are_kept(names: list[str]) -> None:
    if altered(names) is None:
        assert read(names) == names


@pytest.mark.parametrize(
    "names",
    [["007", "8"], ["1.0", "2"], ["NA", "a"], ["1e5"], ["true", "false"], ["12345678901234567890"]],
)
def test_names_that_pandas_alters_are_found(names: list[str]) -> None:
    assert altered(names) in names
    assert altered(["7", "8"]) is None
    assert altered(["007", "a"]) is None
