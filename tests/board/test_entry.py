"""The verdict on an entry: valid or not, counts, rank, exact and bounded comparisons, lacks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from spgc.board.entry import Entry, check_entry
from spgc.board.published_answers import published_answers
from spgc.board.published_board import published_board
from spgc.challenge.spgc_challenge import SPGC
from spgc.cli.app import app
from spgc.data.manifests import read_manifests
from spgc.errors import UsageError
from spgc.files.shipped import leaderboard_dir
from spgc.report.entry_markdown import entry_markdown
from spgc.submissions.write import write_submission

MANIFEST, BOARD = read_manifests(), published_board(SPGC)
FOLDER = leaderboard_dir() / "answers"
RANKED = ("test1", "test2", "test3")


def judged(*paths: Path, name: str | None = None) -> Entry:
    return check_entry(paths, MANIFEST, BOARD, name)


@pytest.fixture(scope="module")
def winner() -> Entry:
    """The winners' own answers as an entry."""
    return judged(*(FOLDER / "thesaviours" / f"{name}.csv" for name in RANKED), name="again")


def test_an_entry_has_the_figures_of_the_board(winner: Entry) -> None:
    assert winner.valid
    rows = {one.row.set_name: one for one in winner.standings}
    assert {name: one.row.total_hits for name, one in rows.items()} == {
        "overall": 81,
        "test1": 26,
        "test2": 26,
        "test3": 29,
    }
    placed = rows["overall"].placed
    assert placed is not None
    assert (placed.label, placed.interval) == ("1=", (1, 5))
    assert rows["overall"].may_be_best == "yes"
    bounds = {bound.team: bound for bound in rows["overall"].bounds}
    assert bounds["TheSaviours"].lowest_p == 1.0
    assert bounds["TheSaviours"].only_yours == (0, 0)
    assert {team for team, bound in bounds.items() if bound.basis == "exact"} == {
        "TheSaviours",
        "RoI-Aware ResNet",
        "COVID-VR",
        "COVNet",
        "DeCoVNet",
    }
    assert len(bounds) == 17 + 4


def test_the_markdown_says_it_all_and_is_well_formed(winner: Entry) -> None:
    text = entry_markdown(winner)
    assert text.startswith("### Leaderboard entry again: valid\n")
    assert "| overall |      81/90 | 90.0 | 81.9–95.3 |      30/35 | 18/20 |    33/35 |" in text
    assert (
        "- Significantly better than, exact test: COVNet (+20, p <0.001), DeCoVNet (+34, p <0.001)."
        in text
    )
    assert "- Not significantly different, exact test: TheSaviours (+0, p = 1.000)" in text
    assert "- Undetermined, because their predictions per patient are unpublished: " in text
    assert "no record of the run" in text
    assert "\n\n\n" not in text
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert html.count("<table>") == 1
    assert html.count("<tr>") == 1 + len(winner.standings)
    assert "|splits:test1+test2+test3|" in text


def test_what_lacks_is_named(tmp_path: Path) -> None:
    entry = judged(FOLDER / "roi-aware-resnet" / "test2.csv")
    assert entry.valid
    assert entry.lacks == (
        "no predictions on test1 and test3, so no rank on the 90 ranked scans",
        "no probabilities for every scan, so no AUC and no calibration",
        "no record of the run next to the files, so the model's hash is unknown",
    )


def test_what_is_no_entry_says_why(tmp_path: Path) -> None:
    whole = (FOLDER / "covnet" / "test2.csv").read_text().splitlines(keepends=True)
    part, train = tmp_path / "part.csv", tmp_path / "train.csv"
    part.write_text("".join(whole[:20]))
    entry = judged(part)
    assert entry.reasons == ("part.csv can't be scored",)
    assert "11 missing cases" in entry_markdown(entry)
    assert "NOT VALID" in entry_markdown(entry)
    twice = judged(FOLDER / "covnet" / "test2.csv", FOLDER / "covid-vr" / "test2.csv")
    assert "is in two files" in twice.reasons[0]
    write_submission(train, {c.case_id: c.label or "" for c in MANIFEST.split("train")})
    assert "no leaderboard for these cases" in judged(train).reasons[0]
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.csv").write_text(
        "case,label,split,source,certainty\n"
        + "".join(f"T2-{i:03},CAP,test2,me,own\n" for i in range(1, 31))
    )
    foreign = check_entry([FOLDER / "covnet" / "test2.csv"], read_manifests(own), BOARD)
    assert foreign.reasons == ("OWN SCANS: the leaderboard is on the challenge's patients",)


def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "test2.csv"
    path.write_bytes((FOLDER / "covnet" / "test2.csv").read_bytes())
    text = entry_markdown(judged(path, name="<script>|`x`\n# big\x1b[31m"))
    assert "<script>" not in text
    assert "\x1b" not in text
    assert "\n# big" not in text


def test_the_command_exits_with_the_verdict(tmp_path: Path) -> None:
    run = CliRunner().invoke
    good = FOLDER / "covid-vr" / "test2.csv"
    done = run(app, ["leaderboard", "--check-entry", str(good), "--markdown"])
    assert done.exit_code == 0
    assert done.stdout.startswith("### Leaderboard entry test2: valid")
    bad = tmp_path / "bad.csv"
    bad.write_text("nothing")
    done = run(app, ["leaderboard", "--check-entry", str(bad), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["valid"] is False
    for other in (["--honest"], ["--add", str(good)], ["--format", "html"]):
        failed = run(app, ["leaderboard", "--check-entry", str(good), *other])
        assert isinstance(failed.exception, UsageError)


def test_every_published_system_is_a_valid_entry() -> None:
    for one in published_answers(SPGC):
        entry = judged(*(FOLDER / one.name / f"{name}.csv" for name in one.splits))
        assert entry.valid, (one.name, entry.reasons)
        found = {s.row.set_name: s.row.total_hits for s in entry.standings}
        board = {r.set_name: r.total_hits for r in BOARD if r.answers is one}
        assert found == board
