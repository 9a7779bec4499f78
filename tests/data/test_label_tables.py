"""Slice labels as tables: the own form and the challenge's."""

from pathlib import Path

import pytest

from spgc.data.label_tables import read_challenge, read_own
from spgc.errors import DataError


def test_challenge_csv(tmp_path: Path) -> None:
    path = tmp_path / "Slice_level_labels.csv"
    path.write_text(",0,1,2,3\nP001,0,1,1,\ncap001,1,0,0,0\n")
    labels = read_challenge(path)
    assert labels["P001"].tolist() == [0, 1, 1]
    assert labels["cap001"].tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize(
    "top", ["", ",1,2,3\n", "Subject,1,2,3\n", "name,slice_0,slice_1,slice_2\n"]
)
def test_any_header_of_the_challenge_csv(top: str, tmp_path: Path) -> None:
    """Its words are unknown, so a first row that can't be a patient's is taken for it."""
    path = tmp_path / "Slice_level_labels.csv"
    path.write_text(top + "P001,0,1,1\n")
    assert {n: v.tolist() for n, v in read_challenge(path).items()} == {"P001": [0, 1, 1]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("P001,0,5\n", r"line 1\]: found '5'"),
        ("P001,0,1\nP001,1,1\n", "P001 is labelled twice"),
        ("P001,0,,1\n", "slice label can't be read"),
        ("name,1,2\n", "hold no patient"),
    ],
)
def test_damaged_challenge_csv(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "Slice_level_labels.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_challenge(path)


def test_own_form(tmp_path: Path) -> None:
    path = tmp_path / "slice_labels.csv"
    path.write_text("case,slice,infected\na,1,1\na,0,0\n")
    assert read_own(path)["a"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case,slice\na,1\n", "lacks columns"),
        ("case,slice,infected\na,0,2\n", r"line 2\]: found '2', expected 0 to 1"),
        ("case,slice,infected\na,x,1\n", "slice number can't be read"),
        ("case,slice,infected\na,0,1\na,2,1\n", "labels of a are incomplete"),
        ("case,slice,infected\na,999999999,1\n", "slice number can't be read"),
        ("case,slice,infected\na,nan,1\n", "slice number can't be read"),
        ("case,slice,infected\na,0,inf\n", "infected can't be read"),
        ("case,slice,infected\na,0,1\na,0,0\n", "slice 0 of a is labelled twice"),
        ("case,slice,infected\n,0,1\n", "without a case ID"),
    ],
)
def test_damaged_own_form(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "slice_labels.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_own(path)
