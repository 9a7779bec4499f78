"""The full gate trains the demo for three epochs and answers for every scan it did not train on."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from spgc.contract.system import Prediction, RunSettings
from spgc.gate import full
from spgc.gate.full import OPTIONS, SYSTEM, train_and_answer
from spgc.protocol import CAP
from spgc.systems.cnr_iemn.config import DEMO
from spgc.systems.registry import system_named
from tests.cohort import TINY_PLAN
from tests.held import is_held


def test_the_options_are_those_of_the_shipped_baseline() -> None:
    system = system_named(SYSTEM).create(OPTIONS)
    config: Any = system.config  # type: ignore[attr-defined]
    assert config == dataclasses.replace(DEMO, epochs=3, decay_after=(2,))


def test_who_is_trained_on_and_who_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    class Told:
        @classmethod
        def create(cls, options: dict[str, str], run: RunSettings) -> "Told":
            asked.update(options=options, run=run)
            return cls()

        def fit(self, train: Any, val: Any, folder: Path, track: Any) -> None:
            asked.update(train=[s.case_id for s in train], val=[s.case_id for s in val])
            asked.update(labels={s.label for s in train}, folder=folder, held=is_held(folder))

        def predict(self, scans: Any, total: int, track: Any) -> dict[str, Prediction]:
            assert len(scans) == total
            return {name: Prediction(CAP) for name, _ in scans}

    monkeypatch.setattr(full, "plan_named", lambda name: TINY_PLAN)
    monkeypatch.setattr(full, "system_named", lambda name: Told)
    answers, truth = train_and_answer(tmp_path, jobs=1)
    assert asked["train"] == [case.case_id for case in truth.split("train")]
    assert asked["val"] == [case.case_id for case in truth.split("val")]
    assert asked["labels"] == {"COVID-19", "CAP", "Normal"}
    assert asked["run"].answers == tmp_path / "store" / "answers"
    assert asked["folder"] == tmp_path / "model"
    assert asked["held"], "another gate in this folder would train into it"
    assert answers == {c.case_id: CAP for c in truth if c.split != "train"}
    assert len(answers) == 6
