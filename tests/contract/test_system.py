"""One contract for slice models, whole volumes and rounds with pseudo-labels.

What every system owes is held by the conformance suite (`tests/systems/test_conformance.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from spgc.contract.scan import NamedScan
from spgc.contract.slices import SliceModel
from spgc.contract.system import System
from spgc.errors import ModelError
from spgc.jobs.progress import silent
from spgc.model.document import KEYS
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.system import CnrIemn
from spgc.systems.density.system import Density
from spgc.systems.evaluation import answers_of, evaluate
from tests.systems.small.rounds import Rounds
from tests.systems.small.scans import array_cohort
from tests.systems.small.whole_volume import WholeVolume

KINDS: list[type[System]] = [Density, WholeVolume, Rounds]

TRAIN, TEST = array_cohort(4, seed=1, labelled=2), array_cohort(2, seed=2)
NAMED: list[NamedScan] = [(scan.case_id, scan.scan) for scan in TEST]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> type[System]:
    return request.param


@pytest.fixture
def trained(kind: type[System], tmp_path: Path) -> System:
    system = kind.create()
    system.fit(TRAIN, [], tmp_path / "model")
    return system


def test_learns_what_the_scans_show(trained: System) -> None:
    done = evaluate(trained, TEST, "val")
    assert done.confusion.accuracy.hits == len(TEST)
    assert done.synthetic


def test_training_scans_are_counted(trained: System, tmp_path: Path) -> None:
    document = json.loads((tmp_path / "model" / "model.json").read_text())
    assert set(KEYS) <= set(document)
    assert document["trained_on"]["scans"] == dict.fromkeys(CLASSES, 4)
    assert document["trained_on"]["slice_labels"]["CAP"]["scans"] == 2


def test_other_training_scans_another_hash(
    trained: System, kind: type[System], tmp_path: Path
) -> None:
    fewer = kind.create()
    fewer.fit(TRAIN[:-1], [], tmp_path / "fewer")
    assert fewer.describe()["model_hash"] != trained.describe()["model_hash"]


def test_scans_are_read_one_after_another(trained: System) -> None:
    """A thousand scans don't fit into memory: the next is asked for when one is done."""
    taken = 0

    def scans() -> Iterator[NamedScan]:
        nonlocal taken
        for named in NAMED:
            taken += 1
            yield named

    def watch(items, label, total=None):
        for done, item in enumerate(silent(items, label, total)):
            assert taken <= done + 2
            yield item

    assert len(trained.predict(scans(), len(NAMED), watch)) == len(NAMED)


def test_rounds_go_on_where_they_stopped(tmp_path: Path) -> None:
    """Stopped after its first round, training makes the model of an uninterrupted one."""

    def stop(items, label, total=None):
        for done, item in enumerate(items):
            if done == 2:
                raise KeyboardInterrupt
            yield item

    unlabelled = NAMED[:3]
    with pytest.raises(KeyboardInterrupt):
        Rounds.create().fit(TRAIN, [], tmp_path / "a", stop, unlabelled=unlabelled)
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == ["round-0.json", "round-1.json"]
    stopped, whole = Rounds.create(), Rounds.create()
    first = (tmp_path / "a" / "round-0.json").stat().st_mtime_ns
    stopped.fit(TRAIN, [], tmp_path / "a", unlabelled=unlabelled)
    assert (tmp_path / "a" / "round-0.json").stat().st_mtime_ns == first
    whole.fit(TRAIN, [], tmp_path / "b", unlabelled=unlabelled)
    assert stopped.describe() == whole.describe()


def test_pseudo_labels_change_the_model_and_are_told(tmp_path: Path) -> None:
    """Unlabelled scans teach, and the model names them: its answers for them are transductive."""
    without, given = Rounds.create(), Rounds.create()
    without.fit(TRAIN, [], tmp_path / "a")
    given.fit(TRAIN, [], tmp_path / "b", unlabelled=NAMED)
    assert without.describe()["model_hash"] != given.describe()["model_hash"]
    shown = given.describe()["trained_on"]["unlabelled"]
    assert shown["cases"] == sorted(name for name, _ in NAMED)
    assert without.describe()["trained_on"]["unlabelled"]["cases"] == []


def test_slice_models() -> None:
    assert isinstance(Rounds.create(), SliceModel)
    assert isinstance(CnrIemn(), SliceModel)
    assert not isinstance(Density(), SliceModel)


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({}, "no answer"),
        ({"label": "covid"}, "found 'covid'"),
        ({"label": "CAP", "probabilities": (0.5, 0.6, 0.2)}, "sum to 1"),
        ({"label": "CAP", "probabilities": (float("nan"), 0.5, 0.5)}, "sum to 1"),
    ],
)
def test_answers_that_break_the_contract(answers: dict, found: str) -> None:
    """A plug-in's nonsense ends in one line, not in a submission."""
    from spgc.contract.system import Prediction

    class Bad(Density):
        def predict(self, scans, total=None, track=silent):
            return {name: Prediction(**answers) for name, _ in scans if answers}

    with pytest.raises(ModelError, match=f"does not keep its contract.*{found}"):
        answers_of(Bad(), NAMED)
