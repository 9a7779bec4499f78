"""The same letters in two Unicode forms or letter cases are one class, one set and one team."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from spgc.challenge.challenge_file import read_challenge
from spgc.data.challenge_cases import challenge_manifest
from spgc.errors import DataError
from spgc.organising.new_challenge import NewChallenge, init
from spgc.organising.ranking_of_teams import rank_teams
from spgc.organising.team_files import team_files
from tests.challenge.flowers import toml

CLASSES = ("장미", "백합")
LABELS = {f"P{n * 37 % 60:02d}": CLASSES[n % 2] for n in range(60)}


def form(name: str, number: int) -> str:
    """Composed or taken apart, as keyboards and a Mac's file names write it."""
    return unicodedata.normalize(("NFC", "NFD")[number % 2], name)


def write(path: Path, answers: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Study,Label\n" + "".join(f"{c},{a}\n" for c, a in answers.items()), "utf-8")
    return path


def made(folder: Path) -> Path:
    init(folder / "mine", NewChallenge(write(folder / "labels.csv", LABELS)))
    return folder / "mine"


def test_a_label_file_of_two_keyboards_has_each_class_once(tmp_path: Path) -> None:
    mixed = {case: form(label, n) for n, (case, label) in enumerate(LABELS.items())}
    known = init(tmp_path / "mine", NewChallenge(write(tmp_path / "labels.csv", mixed)))
    assert sorted(known.names) == sorted(CLASSES)
    manifest = challenge_manifest(read_challenge(tmp_path / "mine"))
    assert {case.case_id: case.label for case in manifest} == LABELS


def test_a_submission_may_write_classes_in_either_form(tmp_path: Path) -> None:
    challenge = read_challenge(made(tmp_path))
    for number in range(2):
        given = {case: form(label, number) for case, label in LABELS.items()}
        write(tmp_path / "sent" / f"t{number}.csv", given)
    boards = rank_teams(challenge, tmp_path / "sent")
    assert [one.row.total_hits for one in boards.final.views[0].ranked] == [60, 60]


@pytest.mark.parametrize("names", [("ΔΡΥΣ", "δρυσ"), ("Straße", "STRASSE"), ("Ärzte", "ÄRZTE")])
def test_letter_case_makes_no_difference_in_any_script(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    (tmp_path / "challenge.toml").write_text(toml((names[0], "Rose")), "utf-8")
    assert read_challenge(tmp_path).class_named(names[1]) == names[0]


@pytest.mark.parametrize("name", ["हिन्दी", "ไทย ดี", "தமிழ்", "Rose\u0301"])
def test_vowel_signs_and_accents_are_part_of_letters(tmp_path: Path, name: str) -> None:
    (tmp_path / "challenge.toml").write_text(toml((name, "Tulip")), "utf-8")
    assert read_challenge(tmp_path).names[0] == unicodedata.normalize("NFC", name)


def test_a_name_does_not_begin_with_a_sign_for_another_letter(tmp_path: Path) -> None:
    (tmp_path / "challenge.toml").write_text(toml(("\u0301x", "Tulip")), "utf-8")
    with pytest.raises(DataError, match="after a letter"):
        read_challenge(tmp_path)


def test_a_team_is_one_team_however_its_files_are_spelled(tmp_path: Path) -> None:
    challenge = read_challenge(made(tmp_path))
    wrong = dict.fromkeys(LABELS, CLASSES[0])
    for first, second in ((form("Zoë", 0), form("Zoë", 1)), ("ada", "Ada")):
        write(tmp_path / "sent" / f"{first}.csv", wrong)
        write(tmp_path / "sent" / f"{second}--2.csv", LABELS)
    boards = rank_teams(challenge, tmp_path / "sent")
    counted = [(one.path.name[-7:], one.scored) for one in boards.counted]
    assert counted == [("--2.csv", 2)] * 2
    assert {one.row.total_hits for one in boards.final.views[0].ranked} == {60}


@pytest.mark.parametrize(
    "names",
    [("Ada--2.csv", "Ada--02.csv"), ("Ada.csv", "Ada.CSV"), ("Ada.csv", "Ada/1.csv")],
    ids=["zeros", "ending", "folder"],
)
def test_files_in_no_certain_order_are_refused_and_named(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    """Else the file system would say which one counts."""
    challenge = read_challenge(made(tmp_path))
    for name in (*names, "Ben.csv"):
        write(tmp_path / "sent" / name, LABELS)
    boards = rank_teams(challenge, tmp_path / "sent")
    assert [one.team for one in boards.counted] == ["Ben"]
    refused = {one.file: str(one.error) for one in boards.refused}
    assert set(refused) == {str(tmp_path / "sent" / name) for name in names}
    assert all("don't say which one is later" in said for said in refused.values())


def test_the_order_of_a_team_in_two_spellings_is_that_of_its_numbers(tmp_path: Path) -> None:
    for name in ("ada--10.csv", "Ada--9.csv", "ADA.csv"):
        write(tmp_path / name, LABELS)
    assert [one.path.name for one in team_files(tmp_path)] == [
        "ADA.csv",
        "Ada--9.csv",
        "ada--10.csv",
    ]
