"""What the terminal shows, whole, at a fixed width."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console, RenderableType

from spgc.data.manifests import Case, Manifest
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.report.score_tables import confusion_table, measures_tables, score_table
from spgc.scoring.score import score


def rendered(item: RenderableType, width: int = 80) -> str:
    console = Console(width=width, file=StringIO(), no_color=True, legacy_windows=False)
    console.print(item)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_the_score_table_whole(tiny: Manifest) -> None:
    truth = {c.case_id: c.label or "" for c in tiny}
    result = score({**truth, "T2-002": NORMAL}, tiny, resamples=100)
    assert (
        rendered(score_table(result))
        == """\
Accuracy by set

 Set    Accuracy      %      95% CI   COVID-19        CAP     Normal
 ────────────────────────────────────────────────────────────────────
 test1       2/2  100.0  15.8–100.0  1/1  100%          –  1/1  100%
 test2       2/3   66.7    9.4–99.2  1/1  100%  0/1    0%  1/1  100%
"""
    )


def test_the_confusion_table_whole(tiny: Manifest) -> None:
    truth = {c.case_id: c.label or "" for c in tiny.split("test1")}
    result = score({**truth, "T1-002": CAP}, tiny, resamples=100)
    assert (
        rendered(confusion_table(result.groups))
        == """\
Confusion matrix (rows: true class)

 Set    True class  COVID-19  CAP  Normal  Sens %  95% CI  Spec %  95% CI
 ─────────────────────────────────────────────────────────────────────────
 test1  COVID-19           1    0       0   100.0   3–100   100.0   3–100
        CAP                –    –       –       –       –    50.0    1–99
        Normal             0    1       0     0.0    0–98   100.0   3–100
"""
    )


def test_measures_are_split_into_tables_that_fit() -> None:
    rows = {f"c{i}": Case(f"c{i}", CAP, f"split{i}", "", "synthetic") for i in range(6)}
    manifest = Manifest(rows)
    shares = dict.fromkeys(rows, (0.2, 0.5, 0.3))
    result = score(dict.fromkeys(rows, CAP), manifest, probabilities=shares, resamples=100)
    tables = [rendered(table) for table in measures_tables(result.groups)]
    assert len(tables) == 2
    for text in tables:
        assert text.startswith("SYNTHETIC")
        assert max(map(len, text.splitlines())) <= 80
        assert "AUC" not in text, "one class alone has no AUC"


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
def test_no_interval_is_cut_in_a_narrow_terminal(width: int, manifest: Manifest) -> None:
    names = ("test1", "test2", "test3")
    answers = {c.case_id: NORMAL for name in names for c in manifest.split(name)}
    result = score(answers, manifest, resamples=100)
    text = "".join(rendered(table, width) for table in measures_tables(result.groups))
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    for group in result.groups:
        for one in group.estimates.values():
            assert "{:.3f}–{:.3f}".format(*one.interval) in text


def test_a_set_without_a_class_shows_a_dash_and_never_nan(tiny: Manifest) -> None:
    truth = {c.case_id: COVID19 for c in tiny.split("test1")}
    result = score(truth, tiny, probabilities=dict.fromkeys(truth, (0.6, 0.1, 0.3)), resamples=100)
    text = "".join(map(rendered, [score_table(result), *measures_tables(result.groups)]))
    assert "nan" not in text.lower()
    assert "–" in text
