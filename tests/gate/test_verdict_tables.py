"""The verdict as people read it: every class, every flip, every reason, and the word at the end."""

from io import StringIO

import pytest
from rich.console import Console

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case
from spgc.gate.baseline import Baseline, new_baseline
from spgc.gate.judge import Verdict, judge
from spgc.gate.verdict_tables import changes_table, gate_lines, gate_markdown, verdict_line
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL


def baseline(certainty: str = "own") -> Baseline:
    """Nine patients, three of each class, all right."""
    cases = tuple(Case(f"c|{i}", CLASSES[i % 3], "val", "test", certainty) for i in range(9))
    return new_baseline(
        "nine", cases, {c.case_id: c.label or "" for c in cases}, {}, challenge=SPGC
    )


def verdict(certainty: str = "own", **changes: str) -> Verdict:
    one = baseline(certainty)
    return judge(one, dict(one.answers) | {f"c|{k[1:]}": v for k, v in changes.items()})


def printed(*parts: object) -> str:
    text = StringIO()
    console = Console(file=text, width=100)
    for part in parts:
        console.print(part)
    return text.getvalue()


def test_classes_and_their_floors() -> None:
    lines = printed(*gate_lines(verdict(c1=NORMAL, c4=NORMAL))).splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines if line.split()}
    assert rows[COVID19] == ["3/3", "3/3", "2"]
    assert rows[CAP] == ["3/3", "1/3", "2"]
    assert lines[-1].strip().startswith("FAILED against nine: 2 findings")


def test_passed_with_and_without_changes() -> None:
    assert str(verdict_line(verdict())) == "PASSED against nine"
    one = baseline()
    worse = new_baseline("nine", one.cases, dict(one.answers) | {"c|1": NORMAL}, {}, challenge=SPGC)
    better = judge(worse, one.answers)
    assert str(verdict_line(better)) == "PASSED against nine; predictions changed within the limits"
    assert "c|1" in printed(*gate_lines(better))


def test_markdown_has_every_flip_and_reason() -> None:
    """Bars in names are escaped: they would end a cell."""
    text = gate_markdown(verdict(c1=NORMAL))
    assert text.startswith("### Regression gate FAILED: nine\n")
    assert "- 1 patient lost, 0 won" in text
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in text.splitlines()]
    assert ["c&#124;1", "val", CAP, CAP, NORMAL] in rows
    assert [CAP, "3/3", "2/3", "2"] in rows
    assert "SYNTHETIC" not in text


@pytest.mark.parametrize(("certainty", "marked"), [("own", False), ("synthetic", True)])
def test_phantoms_are_marked(certainty: str, marked: bool) -> None:
    assert ("SYNTHETIC" in gate_markdown(verdict(certainty))) == marked
    assert ("SYNTHETIC" in printed(*gate_lines(verdict(certainty)))) == marked


def test_answers_that_can_not_be_compared_have_their_reason_alone() -> None:
    one = baseline()
    holes = judge(one, {})
    assert "9 of the baseline's 9 patients are missing" in printed(*gate_lines(holes))
    assert "|" not in gate_markdown(holes)


def test_an_update_shows_what_changes() -> None:
    text = printed(changes_table({"a": "1", "b": "2"}, {"b": "3", "c": "4"}, "changes"))
    rows = [line.split() for line in text.splitlines()]
    assert ["a", "1", "–"] in rows
    assert ["b", "2", "3"] in rows
    assert ["c", "–", "4"] in rows
    same = printed(changes_table({"a": "1"}, {"a": "1"}, "changes"))
    assert ["a", "1", "1"] not in [line.split() for line in same.splitlines()]
