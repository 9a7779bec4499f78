"""Folders as careless people fill them: labels among public files, submissions of other endings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from spgc.organising.check_challenge import check
from spgc.organising.new_challenge import NewChallenge, init
from tests.cli.conftest import Spgc

KINDS = ("rose", "tulip", "lily")
LABELS = {f"P{number}": KINDS[number * 7 % 3] for number in range(1, 31)}


def rows(between: str) -> str:
    return "".join(f"{case}{between}{label}\n" for case, label in LABELS.items())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("labels.csv").write_text("Study,Label\n" + rows(","))
    init(Path("mine"), NewChallenge(Path("labels.csv")))
    return tmp_path


def wrong(folder: str = "mine") -> list[str]:
    found = check(Path(folder), disclosure=False).findings
    return [one.what for one in found if one.weight == "wrong"]


FORMS: dict[str, Callable[[], bytes]] = {
    "labels.csv": lambda: rows(",").encode(),
    "labels.tsv": lambda: rows("\t").encode(),
    "labels.txt": lambda: rows("; ").encode(),
    "NOTES.md": lambda: rows(" | ").encode(),
    "labels.json": lambda: json.dumps(LABELS).encode(),
    "excel.csv": lambda: rows("\t").encode("utf-16"),
    "split.csv": lambda: (
        ("Label,Study\n" + rows("").replace("P", ",P")).encode() + rows(";").encode()
    ),
    "roses.csv": lambda: "".join(
        f"{c},rose\n" for c, kind in LABELS.items() if kind == "rose"
    ).encode(),
    "order.txt": lambda: "\n".join(LABELS.values()).encode(),
}


@pytest.mark.parametrize("name", FORMS)
def test_labels_are_found_in_whatever_form_they_stand(place: Path, name: str) -> None:
    assert wrong() == []
    Path("mine/public", name).write_bytes(FORMS[name]())
    (found,) = wrong()
    assert found.startswith(f"{name}, which participants get, ")


def test_one_class_for_all_or_for_a_few_tells_nothing(place: Path) -> None:
    """An example gives all cases one class, and a page names a few."""
    few = [case for case, kind in LABELS.items() if kind == "rose"][:2]
    Path("mine/public/few.csv").write_text("".join(f"{case},rose\n" for case in few))
    half = list(LABELS)[:15]
    Path("mine/public/half.csv").write_text("".join(f"{case},lily\n" for case in half))
    assert wrong() == []


def test_files_that_are_no_text_are_named(place: Path) -> None:
    """A spreadsheet or an archive among them may hold anything."""
    for name in ("truth.xlsx", "truth.zip", "empty.bin"):
        Path("mine/public", name).write_bytes(b"" if name == "empty.bin" else b"PK\x03\x04\xff\x00")
    made = check(Path("mine"), disclosure=False)
    assert made.good
    (found,) = [one.what for one in made.findings if "no text" in one.what]
    assert found.endswith(": truth.xlsx, truth.zip")


def test_no_team_is_missed_without_a_word(place: Path, spgc: Spgc) -> None:
    """Endings in capitals count; what is no CSV file is named, and so is an empty folder."""
    text = Path("labels.csv").read_text()
    for name in ("Ada.CSV", "ben/last.Csv", "ben/last.run.json", ".DS_Store", "cid/answers.xlsx"):
        path = Path("sent", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    Path("sent/dan.txt").write_text(text)
    Path("sent/eve").mkdir()
    Path("sent/ben/old").mkdir()
    ran = spgc("challenge", "score", "sent", "--challenge", "mine", "--json")
    document = json.loads(ran.out)
    assert ran.code == 1
    assert {one["team"] for one in document["counted"]} == {"Ada", "ben"}
    refused = {one["file"]: one["found"] for one in document["refused"]}
    assert refused == {
        "sent/ben/old": "a folder",
        "sent/cid/answers.xlsx": ".xlsx",
        "sent/dan.txt": ".txt",
        "sent/eve": "an empty folder",
    }


def test_a_submission_is_a_file_of_its_own(place: Path, spgc: Spgc) -> None:
    """Teams that send repositories may send links: one to the truth would be without a mistake."""
    Path("sent/ben").mkdir(parents=True)
    Path("sent/ada.csv").symlink_to(Path("mine/private/truth.csv").resolve())
    Path("sent/ben/answers.csv").write_text("Study,Label\n" + rows(","))
    Path("sent/cid").symlink_to(Path("mine/private").resolve())
    Path("sent/dan.csv").symlink_to("ben/answers.csv")
    ran = spgc("challenge", "score", "sent", "--challenge", "mine", "--json")
    document = json.loads(ran.out)
    assert {one["team"] for one in document["counted"]} == {"ben", "dan"}
    refused = {one["file"]: one["what"] for one in document["refused"]}
    said = "a link leads out of the folder of submissions"
    assert refused == {"sent/ada.csv": said, "sent/cid/truth.csv": said}


def test_a_board_takes_endings_in_capitals_too(place: Path, spgc: Spgc) -> None:
    Path("sent").mkdir()
    for name in ("a.csv", "b.CSV"):
        Path("sent", name).write_text(Path("labels.csv").read_text())
    words = ("leaderboard", "sent", "--truth", "labels.csv", "--challenge", "mine", "--json")
    ranked = json.loads(spgc(*words).out)["sets"][0]["ranked"]
    assert [one["team"] for one in ranked] == ["a", "b"]
