"""CSV files from strangers: every reader says what is wrong, and where, in one line."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.csv_tables import MAX_BYTES, whole_number
from spgc.data.label_arrays import read_index
from spgc.data.label_tables import read_challenge, read_own
from spgc.data.manifests import read_manifest
from spgc.data.official import read_stats
from spgc.errors import DataError
from spgc.submissions.case_labels import read_labels

Reader = Callable[[Path], object]

READERS: dict[str, tuple[Reader, str]] = {
    "manifest": (read_manifest, "case,label,split,source,certainty"),
    "stats": (read_stats, "Folder,Diagnosis,Category"),
    "labels": (partial(read_labels, challenge=SPGC), "Study,Label"),
    "own slice labels": (read_own, "case,slice,infected"),
    "challenge slice labels": (read_challenge, "name,1,2"),
    "index": (read_index, "Label Index,Diagnosis,Relative Path,Folder/ID"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_giant_field_is_no_traceback(name: str, tmp_path: Path) -> None:
    reader, header = READERS[name]
    path = tmp_path / "table.csv"
    path.write_text(f"{header}\n{'x' * 200_000},1\n")
    with pytest.raises(DataError, match="is not a CSV"):
        reader(path)


@pytest.mark.parametrize("name", READERS)
def test_a_giant_file_is_not_read(name: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(DataError, match="too large"):
        READERS[name][0](path)


CELLS = st.sampled_from(
    ["", "P001", "cap001", "0", "1", "2", "nan", "inf", "-1", "1e999", "CAP", "Train", '"', "\0"]
)


@given(
    name=st.sampled_from(sorted(READERS)),
    body=st.lists(st.lists(CELLS, max_size=6), max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_any_rows_are_read_or_refused(name: str, body: list[list[str]]) -> None:
    import tempfile

    reader, header = READERS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_text("\n".join([header, *(",".join(row) for row in body)]))
        try:
            reader(path)
        except DataError as error:
            assert "\n" not in str(error)


def test_rows_of_delimiters_only_are_no_rows(tmp_path: Path) -> None:
    """Spreadsheets write them below a table."""
    path = tmp_path / "test2.csv"
    path.write_text("case,label,split,source,certainty\na,CAP,own,x,own\n,,,,\n ,,,,\n")
    assert list(read_manifest(path).cases) == ["a"]
    path.write_text("case,slice,infected\na,0,1\n,,\n")
    assert read_own(path)["a"].tolist() == [1]


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "-1", "0.5", "", "2", "1e400", "x"])
def test_what_is_no_label(text: str) -> None:
    with pytest.raises(DataError, match=r"label can't be read \[here\]: found .* expected 0 to 1"):
        whole_number(text, 1, "here", "label")


@pytest.mark.parametrize("text", ["1", "1.0", " 1 "])
def test_what_is_a_label(text: str) -> None:
    assert whole_number(text, 1, "here", "label") == 1


def test_a_stray_quote_is_named_by_its_line_and_hides_no_row(tmp_path: Path) -> None:
    """Left open, it is an error; closed by another one further down, it would swallow rows."""
    path = tmp_path / "test2.csv"
    head, row = "case,label,split,source,certainty\n", "{},CAP,own,x,own\n"
    path.write_text(head + row.format("a") + row.format('"b') + row.format("c"))
    with pytest.raises(DataError, match=r"line 3.*a quote that is opened in this row") as caught:
        read_manifest(path)
    assert "line 3" in str(caught.value.where)
    path.write_text(head + row.format('"a') + row.format("b") + row.format('c"'))
    with pytest.raises(DataError, match=r"line 2.*a cell that holds 3 lines"):
        read_manifest(path)
    path.write_text(head + 'a,CAP,own,"x,own\nb,CAP,own,y",own\n')
    with pytest.raises(DataError, match=r"line 2.*a cell that holds 2 lines"):
        read_manifest(path)
    path.write_text(head + 'a,CAP,own,"a note\nof two lines",own\n' + row.format("b"))
    assert list(read_manifest(path).cases) == ["a", "b"]


def test_a_row_longer_than_the_header_is_refused(tmp_path: Path) -> None:
    """An unquoted comma moves every cell behind it into the wrong column."""
    path = tmp_path / "test2.csv"
    path.write_text("case,label,split,source,certainty\na,CAP,own,x, y,own\n")
    with pytest.raises(DataError, match="a row that is longer than its header"):
        read_manifest(path)
    path.write_text("case,slice,infected\na,0,1,,\n")
    assert read_own(path)["a"].tolist() == [1]


@pytest.mark.parametrize(
    ("name", "table", "column"),
    [
        ("manifest", "case,label,split,source,certainty,Label\na,CAP,own,,own,normal\n", "label"),
        ("manifest", "case,Case ,label,split,source,certainty\na,b,CAP,own,,own\n", "case"),
        ("stats", "Folder,Diagnosis,Category,Category\nP001,CAP,Train,Valid\n", "category"),
        ("own slice labels", "case,slice,infected,infected\na,0,0,1\n", "infected"),
        ("index", "Folder,Folder/ID,Diagnosis\nP001,P002,CAP\n", "folder"),
        ("index", "Folder/ID,Diagnosis,diagnosis\np001,CAP,normal\n", "diagnosis"),
    ],
)
def test_a_wanted_column_that_stands_twice_is_refused(
    name: str, table: str, column: str, tmp_path: Path
) -> None:
    """Taking the last of the two would let a second label column change every answer."""
    path = tmp_path / "table.csv"
    path.write_text(table)
    with pytest.raises(DataError, match=f"has two columns {column}"):
        READERS[name][0](path)


def test_other_columns_may_stand_twice(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("note,note,,,case,label,split,source,certainty\nx,y,,,a,CAP,own,,own\n")
    assert [case.label for case in read_manifest(path)] == ["CAP"]


@pytest.mark.parametrize(
    "table",
    [
        "Study,Study,Label\na,b,CAP\n",
        "Study,Label,study\na,CAP,b\n",
        "Study,Label,Label\na,CAP,n\n",
    ],
)
def test_two_columns_of_one_name_that_disagree_are_no_labels(table: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(table.replace(",n\n", ",normal\n"))
    with pytest.raises(DataError, match=r"two columns of .* that disagree"):
        read_labels(path, SPGC)
    path.write_text("Study,Study,Label\na,a,CAP\n")
    assert read_labels(path, SPGC) == {"a": "CAP"}
