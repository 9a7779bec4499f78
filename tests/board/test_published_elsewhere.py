"""A challenge of one's own has published rows and answers too, found beside its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spgc.board.published_answers import published_answers
from spgc.board.published_board import published_board
from spgc.challenge.challenge_file import read_challenge
from spgc.challenge.definition import Challenge
from spgc.errors import DataError, LeaderboardError
from tests.challenge.flowers import CLASSES, SETS, answers, flowers, labels, submission
from tests.cli.conftest import Ran, Spgc, spgc

__all__ = ["spgc"]

TRUTH = {case: label for case, (_, label) in labels().items()}


def row(team: str, right: float) -> dict[str, Any]:
    """The least that a row has to say: of each class so many right."""
    counts = [list(TRUTH.values()).count(name) for name in CLASSES]
    hits = [int(right * count) for count in counts]
    return {
        "team": team,
        "group": "challenge",
        "set": "overall",
        "cases": dict(zip(CLASSES, counts, strict=True)),
        "follows": {"hits": dict(zip(CLASSES, hits, strict=True)), "total_hits": sum(hits)},
        "source": {"citation": "Flowers 2029", "place": "page 3"},
    }


def publish(folder: Path, name: str, document: dict[str, Any]) -> None:
    path = folder / "leaderboard" / "challenge" / "overall" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Flowers with two printed rows, one team's answers, and a file of the user's."""
    (tmp_path / "flowers").mkdir()
    flowers(tmp_path / "flowers")
    public = tmp_path / "flowers" / "public"
    publish(public, "bees", row("Bees", 0.9))
    publish(public, "wasps", row("Wasps", 0.2))
    folder = public / "leaderboard" / "answers" / "ants"
    folder.mkdir(parents=True)
    about = {"team": "Ants", "group": "challenge", "source": {"citation": "Hill", "place": "p. 1"}}
    (folder / "about.json").write_text(json.dumps(about))
    given = answers(0.6, 6)
    for name in SETS:
        submission(
            folder / f"{name}.csv", {c: k for c, k in given.items() if labels()[c][0] == name}
        )
    submission(tmp_path / "mine.csv", answers(0.8, 8))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def known(place: Path) -> Challenge:
    return read_challenge(Path("flowers"))


def right(given: dict[str, str]) -> int:
    return sum(TRUTH[case] == label for case, label in given.items())


def ranked(done: Ran) -> list[tuple[str, int]]:
    document = json.loads(done.out)
    (pooled,) = (one for one in document["sets"] if one["set"] == "overall")
    return [(entry["team"], entry["accuracy"]["hits"]) for entry in pooled["ranked"]]


def test_rows_as_printed_and_rows_that_are_counted(known: Challenge) -> None:
    board = {(one.team, one.set_name): one for one in published_board(known)}
    assert {team for team, _ in board} == {"Ants", "Bees", "Wasps"}
    assert board["Ants", "overall"].total_hits == right(answers(0.6, 6))
    assert len(board["Ants", "overall"].scored) == len(TRUTH)
    assert board["Bees", "overall"].challenge is known


def test_the_board_shows_them_and_places_a_file_among_them(place: Path, spgc: Spgc) -> None:
    alone = ranked(spgc("leaderboard", "--challenge", "flowers", "--json"))
    assert [team for team, _ in alone] == ["Bees", "Ants", "Wasps"]
    done = spgc("leaderboard", "mine.csv", "--challenge", "flowers", "--json")
    assert ranked(done)[1] == ("mine", right(answers(0.8, 8)))
    page = spgc("leaderboard", "--challenge", "flowers", "--format", "html").out
    assert "<h1>Leaderboard: Flowers</h1>" in page
    assert "Accuracy on the test sets of Flowers, with exact" in page
    assert "--challenge challenge.toml" in page
    assert "COVID" not in page
    assert "pull request" not in page
    assert "The paper prints only" not in page
    assert ": –." not in page
    for form in ("rich", "markdown", "latex", "csv"):
        assert "Bees" in spgc("leaderboard", "--challenge", "flowers", "--format", form).out


def test_a_file_is_compared_with_each_and_a_team_is_a_name(place: Path, spgc: Spgc) -> None:
    done = spgc("compare", "mine.csv", "--challenge", "flowers", "--json")
    bounds = {(b["team"], b["basis"]) for b in json.loads(done.out)["bounds"]}
    assert bounds == {("Ants", "exact"), ("Bees", "bound"), ("Wasps", "bound")}
    named = spgc("compare", "mine.csv", "ants", "--challenge", "flowers", "--json")
    (group,) = (g for g in json.loads(named.out)["groups"] if g["set"] == "overall")
    assert (group["right_a"], group["right_b"]) == (
        right(answers(0.8, 8)),
        right(answers(0.6, 6)),
    )
    wrong = spgc("compare", "mine.csv", "TheSaviours", "--challenge", "flowers")
    assert wrong.code == 1
    assert "or Ants" in wrong.err
    systems = json.loads(spgc("agreement", "mine.csv", "--challenge", "flowers", "--json").out)
    assert {one["name"] for one in systems["systems"]} == {"mine", "Ants"}


def test_an_entry_is_checked_and_the_rows_are_audited(place: Path, spgc: Spgc) -> None:
    entry = spgc("leaderboard", "--check-entry", "mine.csv", "--challenge", "flowers")
    assert entry.code == 0, entry.err
    assert "Leaderboard entry mine: valid" in entry.out
    assert spgc("leaderboard", "audit", "--challenge", "flowers", "--strict").code == 0
    document = row("Flies", 0.5)
    document["follows"]["total_hits"] += 1
    publish(Path("flowers/public"), "flies", document)
    found = spgc("leaderboard", "audit", "--challenge", "flowers", "--strict", "--json")
    assert found.code == 1
    assert {one["team"] for one in json.loads(found.out)["findings"]} == {"Flies"}
    page = spgc("report", "mine.csv", "--challenge", "flowers", "--terminal")
    assert page.code == 0
    assert "Bees" in page.out


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("set", "meadow", "set 'meadow', none of overall, garden, north field"),
        ("group", "winners", "group 'winners', none of challenge, later"),
        ("cases", {"COVID-19": 3}, "KeyError: 'Rose'"),
        ("cases", dict.fromkeys(CLASSES, -1), "ValueError: "),
        ("follows", {"hits": dict.fromkeys(CLASSES, 40), "total_hits": 3}, "40 of"),
        ("follows", {"hits": dict.fromkeys(CLASSES), "total_hits": 1e999}, "OverflowError"),
    ],
)
def test_a_row_of_something_else_is_refused(
    known: Challenge, part: str, value: object, told: str
) -> None:
    publish(Path("flowers/public"), "odd", {**row("Odd", 0.5), part: value})
    with pytest.raises(LeaderboardError, match=r"odd\.json") as error:
        published_board(known)
    assert told in str(error.value)


def test_answers_of_an_unknown_group_are_refused(known: Challenge) -> None:
    path = Path("flowers/public/leaderboard/answers/ants/about.json")
    path.write_text(path.read_text().replace('"challenge"', '"friends"'))
    with pytest.raises(LeaderboardError, match=r"ants\]: found friends"):
        published_board(known)


def test_without_the_truth_printed_rows_alone_are_shown(known: Challenge) -> None:
    """What participants have: no label, so nothing is counted from answers."""
    Path("flowers/private/truth.csv").unlink()
    assert {one.team for one in published_board(known)} == {"Bees", "Wasps"}
    assert [one.team for one in published_answers(known)] == ["Ants"]


def test_the_file_may_name_another_folder(place: Path) -> None:
    path = Path("flowers/public/challenge.toml")
    path.write_text('leaderboard = "rows"\n' + path.read_text())
    known = read_challenge(Path("flowers"))
    with pytest.raises(DataError, match=r"no folder of published results \[.*rows\]"):
        published_board(known)
    (path.parent / "leaderboard").rename(path.parent / "rows")
    assert len(published_board(known)) == 5
    path.write_text(path.read_text().replace('"rows"', '"../private"'))
    with pytest.raises(DataError, match="leaderboard is wrong"):
        read_challenge(Path("flowers"))


def test_balanced_accuracy_ranks_published_rows_without_what_totals_tell(
    place: Path, spgc: Spgc
) -> None:
    path = Path("flowers/public/challenge.toml")
    path.write_text(path.read_text().replace('"accuracy"', '"balanced accuracy"'))
    done = spgc("leaderboard", "mine.csv", "--challenge", "flowers", "--honest", "--json")
    assert ranked(done)[0][0] == "Bees"
    assert not any("honest" in one for one in json.loads(done.out)["sets"])
    document = row("Half", 0.5)
    document["follows"]["hits"]["Rose"] = None
    publish(Path("flowers/public"), "half", document)
    refused = spgc("leaderboard", "--challenge", "flowers")
    assert refused.code == 1
    assert "hits per class don't sum to the total" in refused.err
