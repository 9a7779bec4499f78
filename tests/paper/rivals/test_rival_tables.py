"""The tables of a full comparison fit 80 columns; costs and failures are said as they were."""

from __future__ import annotations

import dataclasses
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from spgc.data.manifests import Manifest
from spgc.paper.rivals.entrants import Entrant
from spgc.paper.rivals.rival_sets import sets_of
from spgc.paper.rivals.rival_steps import RivalResult
from spgc.paper.rivals.rival_tables import cost_rows, rivalry_notes, rivalry_tables, set_rows
from spgc.paper.rivals.rivalry import Rivalry
from spgc.paper.rivals.spent import Spent
from spgc.paper.rivals.teams import TEAMS
from spgc.protocol import CLASSES, RANKED_SPLITS
from spgc.submissions.submission import Submission

TRAINING = Spent("a", 12345.6, 99.0, 2, 1, 11.25)
PREDICTION = Spent("b", 1350.0, 99.0, 1, 1, 2.5)


def results(manifest: Manifest) -> list[RivalResult]:
    """All teams' systems; each misses every case of which the number is a multiple of its own."""
    cases = [c for name in RANKED_SPLITS for c in manifest.split(name)]
    made = []
    for number, name in enumerate([*TEAMS, "density"], 3):
        answers = {
            case.case_id: case.label if place % number else CLASSES[place % 2]
            for place, case in enumerate(cases)
            if case.label
        }
        spent = {"training": TRAINING, "prediction": PREDICTION}
        made.append(
            RivalResult(
                Entrant(name, {}),
                answers=Submission({case: label for case, label in answers.items() if label}),
                spent=spent,
                tested=90,
                used={"engine": "openvino", "precision": "bf16", "device": "cpu"},
                model_bytes=146_800_640,
            )
        )
    return made


@pytest.fixture
def full(manifest: Manifest) -> Rivalry:
    found = results(manifest)
    return Rivalry(found, sets_of(found, manifest), Path("runs"))


def printed(found: Rivalry) -> str:
    text = StringIO()
    console = Console(file=text, width=80)
    for table in rivalry_tables(found):
        console.print(table)
    return text.getvalue()


def test_everything_fits_80_columns(full: Rivalry) -> None:
    """Each system is on one line of each table, its cells whole."""
    lines = printed(full).splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)
    for row in set_rows(full.sets[0]):
        assert any(all(cell in line for cell in row) for line in lines), row
    for cells in cost_rows(full.results):
        assert any(all(cell in line for cell in cells) for line in lines), cells
    assert lines[0].split()[:3] == ["overall:", "90", "scans"]


def test_costs(full: Rivalry) -> None:
    """15 s per scan; a killed sitting makes a time a lower bound; the higher of both peaks."""
    assert next(cost_rows(full.results)) == [
        "cnr-iemn",
        ">12346",
        "1350",
        "15.00",
        "11.2",
        "140.0",
        "openvino bf16",
    ]


def test_sources_and_published_tests_are_said(full: Rivalry) -> None:
    notes = list(rivalry_notes(full))
    for team in TEAMS.values():
        assert any(note.startswith(f"Published, {team}: ") for note in notes)
    assert any(note.startswith("thesaviours against TheSaviours as published") for note in notes)
    assert not any("SYNTHETIC" in note for note in notes)


def test_a_system_without_any_figure(manifest: Manifest) -> None:
    bare = RivalResult(Entrant("winter", {}), failure="training: it broke: here")
    found = [*results(manifest), bare]
    found = [one for one in found if one.name != "winter" or one is bare]
    text = printed(Rivalry(found, sets_of(found, manifest), Path("runs")))
    (row,) = (row for row in set_rows(sets_of(found, manifest)[0]) if row[1] == "winter")
    assert row == ["–", "winter", "69/90 76.7", "failed", *["–"] * 5]
    assert any(all(cell in line for cell in row) for line in text.splitlines())
    assert list(cost_rows([bare])) == [["winter", *["–"] * 6]]
    notes = rivalry_notes(Rivalry(found, sets_of(found, manifest), Path("runs")))
    assert "winter failed in training: it broke: here" in list(notes)


def test_validation_that_chose_something(full: Rivalry) -> None:
    chose = dataclasses.replace(full.results[0], chooses_by_val=True)
    notes = list(rivalry_notes(dataclasses.replace(full, results=[chose])))
    assert any("cnr-iemn chose something by the validation scans" in note for note in notes)
