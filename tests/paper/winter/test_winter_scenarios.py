"""The rows of Winter's tables differ in what the paper changed, and share what they can."""

from __future__ import annotations

from spgc.paper.winter.printed_rows import ROWS
from spgc.paper.winter.winter_scenarios import SCENARIOS, network_name
from spgc.systems.winter.winter_settings import Settings


def settings_of(name: str) -> list[Settings]:
    return [row.settings(Settings()) for row in SCENARIOS[name].rows]


def test_every_printed_row_is_made_again() -> None:
    made = [row.printed for scenario in SCENARIOS.values() for row in scenario.rows]
    assert set(map(id, made)) == set(map(id, ROWS))
    assert len({row.name for s in SCENARIOS.values() for row in s.rows}) == len(
        [row for s in SCENARIOS.values() for row in s.rows]
    )


def test_the_whole_system_is_a_row_of_each_table_that_varies_it() -> None:
    own = Settings()
    assert settings_of("winter-table1") == [own, own]
    assert settings_of("winter-table2")[2] == own
    assert settings_of("winter-table5")[1] == own


def test_k_needs_one_network_and_t_five() -> None:
    names = {
        name: [network_name(one) for one in settings_of(name)]
        for name in ("winter-table2", "winter-table3", "winter-table4", "winter-table5")
    }
    assert set(names["winter-table2"]) == {"normals-masked-T5000"}
    assert len(set(names["winter-table5"])) == 5
    assert names["winter-table4"][1] == names["winter-table5"][0] == "normals-masked-T0"
    assert names["winter-table3"] == ["with-uninfected-grey-all", "normals-grey-all"]
    assert len({name for found in names.values() for name in found}) == 9


def test_names_of_networks_tell_their_settings_apart() -> None:
    """Two rows with one network must not differ in what it is trained with."""
    for one in map(settings_of, SCENARIOS):
        for settings in one:
            for other in one:
                same = settings.slice_stage() == other.slice_stage()
                assert same == (network_name(settings) == network_name(other))
