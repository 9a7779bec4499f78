"""A reproduced table says which of its settings are not the paper's."""

import dataclasses

from spgc.paper.outcome import ReproducedTable
from spgc.systems.cnr_iemn.scenarios import SCENARIOS, scenario_config


def made(name: str, **changes: object) -> ReproducedTable:
    config = dataclasses.replace(scenario_config(name), **changes)
    return ReproducedTable(SCENARIOS[name], config, (), (), (), {}, {}, "", False)


def test_the_papers_own_settings_depart_from_nothing() -> None:
    """Another seed or fewer backbones are no other experiment."""
    for name in SCENARIOS:
        assert made(name).departures() == []
        assert made(name, seed=7, backbones=("resnext50",)).departures() == []


def test_each_other_setting_is_named() -> None:
    paper = scenario_config("table4")
    found = made("table4", epochs=paper.epochs + 1, image_size=64).departures()
    assert sorted(found) == [
        f"epochs {paper.epochs + 1} instead of {paper.epochs}",
        "image_size 64 instead of that of each network",
    ]


def test_what_is_counted() -> None:
    assert {name: made(name).unit for name in SCENARIOS} == {
        "table1": "slices",
        "table2": "slices",
        "table3": "slices",
        "table4": "slices",
        "table5": "scans",
    }
