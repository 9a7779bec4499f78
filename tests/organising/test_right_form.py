"""A challenge to which nobody could send anything is found before it opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.challenge.challenge_file import read_challenge
from spgc.organising.check_challenge import check
from tests.challenge.flowers import flowers, toml


def wrong(folder: Path, old: str, new: str) -> list[str]:
    """What is wrong where a case ID is another one, in the list of cases and in the truth."""
    flowers(folder)
    for name in ("public/cases.csv", "private/truth.csv"):
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    return [one.what for one in check(folder, disclosure=False).findings if one.weight == "wrong"]


@pytest.mark.parametrize(
    ("case", "told"),
    [("Label", "no such case"), ("a\x1fb", "the file is binary, not text")],
)
def test_a_case_that_no_submission_can_name_is_found(tmp_path: Path, case: str, told: str) -> None:
    (found,) = wrong(tmp_path, "Fg-001", case)
    assert found.startswith(f"a submission in the right form is refused: {told}")


@pytest.mark.parametrize("case", ["=cmd", '"a""b"', '"a,b"', "José 1", "🌹", "{0}", "1e5"])
def test_odd_case_ids_are_read(tmp_path: Path, case: str) -> None:
    assert wrong(tmp_path, "Fg-001", case) == []


def test_columns_of_classes_without_latin_letters_are_numbered(tmp_path: Path) -> None:
    (tmp_path / "challenge.toml").write_text(toml(("роза", "ромашка", "Ros\u00e9")), "utf-8")
    columns = read_challenge(tmp_path).columns
    assert list(columns.values()) == ["p_class_1", "p_class_2", "p_ros"]
