"""Tables of other teams' papers are found by their names, and only by them."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from spgc.errors import UsageError
from spgc.paper.experiments import EXPERIMENTS, experiment_of
from spgc.systems.cnr_iemn.scenarios import SCENARIOS


def test_each_experiment_is_found_by_its_names() -> None:
    for word, experiment in EXPERIMENTS.items():
        for name in experiment.names:
            assert name.startswith(word)
            assert experiment_of([name]) is experiment
        assert experiment_of(experiment.names) is experiment


def test_the_papers_own_tables_are_none_of_them() -> None:
    assert experiment_of(["table1", "all"]) is None
    assert experiment_of(list(SCENARIOS)) is None


def test_unknown_and_mixed_names_are_refused() -> None:
    with pytest.raises(UsageError, match=r"unknown table.*table5 \| all \| winter-table1"):
        experiment_of(["winter-table9"])
    with pytest.raises(UsageError, match="tables of several papers"):
        experiment_of(["table1", "winter-table1"])


def test_no_name_is_made_by_two() -> None:
    names = [*SCENARIOS, "all", *(n for one in EXPERIMENTS.values() for n in one.names)]
    assert len(set(names)) == len(names)
