"""The table of systems in the documents is what the code and the measured figures say."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from spgc.contract.offers import BUILT_IN
from spgc.paper.rivals.system_rows import (
    WORDS,
    MeasuredSystem,
    paper_settings,
    read_measured,
    systems_table,
    with_bench,
    with_rivals,
)

DOCS = Path(__file__).parents[3] / "docs"
BEGIN = "<!-- table of benchmarks/systems_table.py: begin -->\n"


def cells(table: str, name: str) -> list[str]:
    (line,) = (line for line in table.splitlines() if line.startswith(f"| `{name}`"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_document_is_not_stale() -> None:
    """`python benchmarks/systems_table.py` writes it anew."""
    text = (DOCS / "systems.md").read_text(encoding="utf-8")
    shown = text.split(BEGIN)[1].split("<!-- end -->")[0]
    assert shown.strip() == systems_table(read_measured(DOCS / "systems_measured.json"))


@pytest.mark.parametrize("name", BUILT_IN)
def test_words_take_their_numbers_from_the_settings(name: str) -> None:
    """Each field in braces is a setting; without braces no number of the settings is repeated."""
    row = cells(systems_table({}, [name]), name)
    assert row[0] == f"`{name}`"
    assert all(row[1:4])
    assert "{" not in " ".join(row)
    fields = dataclasses.asdict(paper_settings(name))
    words = WORDS[name]
    for text in (words.network, words.training, words.input):
        assert text.format(**fields) is not None


def test_what_the_networks_are_given() -> None:
    row = cells(systems_table({}, ["cnr-iemn"]), "cnr-iemn")
    assert row[1] == (
        "224 and 299 pixels, grey, lung mask, grey × mask, −1024 to 1024 HU, "
        "lungs by watershed-two-regions; slice count and place"
    )
    assert "10 epochs, Adam 0.0001 × 0.1 after 3, 6" in row[3]
    assert row[4:] == ["–", "–", "73/90", "–"]


def test_measured_figures() -> None:
    bench = {
        "scan": {"seconds": 12.34, "plain_seconds": 98.76},
        "peak_memory_gib": 1.84,
        "options": {},
    }
    rows = [{"system": "density", "accuracy": {"hits": 83, "total": 106}}]
    rivals = {
        "main_set": "overall",
        "sets": [
            {"set": "test1", "rows": []},
            {"set": "overall", "synthetic": True, "rows": rows},
        ],
    }
    known = {"cnr-iemn": with_bench(MeasuredSystem(), bench)}
    table = systems_table(with_rivals(known, rivals), ["cnr-iemn", "density"])
    assert cells(table, "cnr-iemn")[4:6] == ["12 (99)", "1.8"]
    other = with_bench(MeasuredSystem(), bench | {"options": {"lung_method": "none"}})
    row = cells(systems_table({"density": other}, ["density"]), "density")
    assert row[4] == "12 (99) with lung_method=none"
    assert cells(table, "density")[-1] == "SYNTHETIC 83/106"
    assert cells(table, "density")[-2] == "–"
