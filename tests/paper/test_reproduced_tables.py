"""Tables of a full-size run fit 80 columns, whole words and all."""

from io import StringIO

import pytest
from rich.console import Console

from spgc.paper import printed_numbers
from spgc.paper.cohort_counts import Count
from spgc.paper.comparison import Compared
from spgc.paper.outcome import ReproducedTable
from spgc.paper.reproduced_tables import counts_table, notes, outcome_markdown, outcome_tables
from spgc.protocol import CLASSES
from spgc.scoring.counts import Rate
from spgc.systems.cnr_iemn.config import BACKBONES
from spgc.systems.cnr_iemn.scenarios import SCENARIOS, scenario_config
from spgc.text.purpose import PURPOSE

LARGEST = {"scans": 116, "labelled scans": 38, "slices": 10294, "with copies": 10294}
COUNTS = tuple(
    Count(split, what, label, most, most)
    for split in ("train", "val")
    for what, most in LARGEST.items()
    for label in CLASSES
    if (split, what) != ("val", "with copies")
)


def outcome(name: str, *, synthetic: bool) -> ReproducedTable:
    """The largest numbers that a run on the whole data set could give."""
    scenario, wide = SCENARIOS[name], (0.0, 1.0)
    if scenario.patients:
        rows = [
            Compared(n, "accuracy", Rate(98, 98), wide, printed_numbers.scan_accuracy(n, k), k)
            for n in (*BACKBONES, printed_numbers.ALL_FOUR)
            for k in ("svm", "xgboost")
        ]
        known = printed_numbers.scan_rates()
        rates = [Compared(printed_numbers.ALL_FOUR, k, Rate(55, 55), wide, known[k]) for k in known]
    else:
        rows = [
            Compared(n, "accuracy", Rate(5145, 5145), wide, printed_numbers.slice_accuracy(name, n))
            for n in BACKBONES
        ]
        named = printed_numbers.slice_rates(name)
        sizes = {label: printed_numbers.VALIDATION_SLICES[label] or 3376 for label in CLASSES}
        rates = [
            Compared(*key, Rate(sizes[key[1]], sizes[key[1]]), wide, named[key]) for key in named
        ]
    return ReproducedTable(
        scenario, scenario_config(name), COUNTS, tuple(rows), tuple(rates), {}, {}, "", synthetic
    )


def printed(tables: list[object]) -> str:
    text = StringIO()
    console = Console(file=text, width=80)
    for table in tables:
        console.print(table)
    return text.getvalue()


@pytest.mark.parametrize("name", SCENARIOS)
def test_tables_fit_80_columns(name: str) -> None:
    """Nothing is cut: no ellipsis, every name and the paper's figure whole."""
    result = outcome(name, synthetic=True)
    text = printed([*outcome_tables(result), counts_table(COUNTS, synthetic=True)])
    assert "…" not in text
    assert text.count("SYNTHETIC") == 3
    for row in result.accuracies:
        assert row.paper is not None
        assert row.name in text
        assert f"{row.paper.percent:.2f}" in text
    assert "10,294 / 10,294" in text


def test_counts_of_table_5_are_shown() -> None:
    text = printed(outcome_tables(outcome("table5", synthetic=False)))
    assert "86/98*" in text
    assert "+12" in text  # 98 of 98 are 12 more than 86
    assert "SYNTHETIC" not in text


def test_markdown_says_what_it_is() -> None:
    result = outcome("table4", synthetic=True)
    text = outcome_markdown(result)
    assert text.startswith("# SYNTHETIC · Table 4: with the region task")
    assert "| 308/436*" in text
    assert "section 4.2.4" in text
    assert PURPOSE in text
    assert all(note in text for note in notes(result, counted=True))
    assert any("SYNTHETIC" in note for note in notes(result, counted=True))
