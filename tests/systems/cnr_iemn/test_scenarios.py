"""The experiments of section 4: each changes what the paper changes and nothing else."""

import dataclasses

import pytest

from spgc.errors import UsageError
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.scenarios import SCALES, SCENARIOS, Scale, scenario_config


def changed(one: Config, other: Config) -> set[str]:
    a, b = one.as_dict(), other.as_dict()
    return {name for name in a if a[name] != b[name]}


def test_the_last_scenario_is_the_whole_system() -> None:
    assert scenario_config("table4") == scenario_config("table5") == Config()


@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        ("table1", "table2", {"channels"}),
        ("table2", "table3", {"copies", "epochs", "decay_after"}),
        ("table3", "table4", {"region_weight", "position_inputs"}),
        ("table4", "table5", set()),
    ],
)
def test_each_scenario_changes_what_the_paper_changes(
    before: str, after: str, fields: set[str]
) -> None:
    assert changed(scenario_config(before), scenario_config(after)) == fields
    # The same fields differ in a small run, whatever its size.
    small = SCALES["demo"]
    assert changed(scenario_config(before, small), scenario_config(after, small)) == fields


def test_schedules_of_section_4() -> None:
    one, three = scenario_config("table1"), scenario_config("table3")
    assert (one.epochs, one.decay_after, one.copies) == (20, (10, 15), (0, 0, 0))
    assert (three.epochs, three.decay_after, three.copies) == (10, (3, 6), (3, 10, 0))


def test_a_small_run_keeps_the_proportions() -> None:
    """20 epochs with steps at 10 and 15 become 6 with steps at 3 and 4; 3 and 10 copies 1 and 3."""
    one, four = (scenario_config(name, SCALES["demo"]) for name in ("table1", "table4"))
    assert (one.epochs, one.decay_after, one.copies) == (6, (3, 4), (0, 0, 0))
    assert (four.epochs, four.decay_after, four.copies) == (3, (1, 2), (1, 3, 0))
    least = Scale(0.001).applied_to(Config())
    assert (least.epochs, least.copies) == (1, (1, 1, 0))


def test_only_whole_scans_use_other_networks() -> None:
    assert {s.name: s.networks for s in SCENARIOS.values() if s.patients} == {"table5": "table4"}
    assert [s.figure for s in SCENARIOS.values()] == [f"Figure {n}" for n in range(6, 11)]


def test_one_backbones_training_does_not_depend_on_the_others() -> None:
    few = dataclasses.replace(Config(), backbones=("resnext50",), patient_classifier="svm")
    assert few.slice_stage() == Config().slice_stage()
    assert dataclasses.replace(few, seed=1).slice_stage() != few.slice_stage()


def test_unknown_scenario() -> None:
    with pytest.raises(UsageError, match=r"table1 \| table2"):
        scenario_config("table6")
