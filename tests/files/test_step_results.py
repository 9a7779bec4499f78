"""Results of steps: made once, read back, and made again for other facts or a damaged file."""

import json
from pathlib import Path
from typing import Any

import pytest

from spgc.files.step_results import step_result


class Made:
    """Counts how often a result was made."""

    def __init__(self, result: Any) -> None:
        self.result, self.times = result, 0

    def __call__(self) -> Any:
        self.times += 1
        return self.result


def test_a_result_is_made_once_for_the_same_facts(tmp_path: Path) -> None:
    path, made = tmp_path / "step.json", Made([0, 2, 5])
    for _ in range(3):
        assert step_result(path, {"network": "a", "seed": 1}, made) == [0, 2, 5]
    assert made.times == 1
    assert step_result(path, {"seed": 1, "network": "a"}, made) == [0, 2, 5]
    assert made.times == 1


def test_other_facts_make_another_result(tmp_path: Path) -> None:
    path = tmp_path / "step.json"
    step_result(path, {"network": "a"}, Made([1]))
    assert step_result(path, {"network": "b"}, Made([2])) == [2]
    assert step_result(path, {"network": "b"}, Made([3])) == [2]


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", "{", '{"fingerprint": 1}'])
def test_what_is_no_result_is_made_again(content: str, tmp_path: Path) -> None:
    path = tmp_path / "step.json"
    path.write_text(content)
    assert step_result(path, {}, Made([7])) == [7]


def test_a_changed_result_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "step.json"
    step_result(path, {}, Made([1, 2]))
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"result": "[1, 3]"}))
    assert step_result(path, {}, Made([1, 2])) == [1, 2]
    assert json.loads(path.read_text()) == document


def test_a_stopped_step_leaves_nothing(tmp_path: Path) -> None:
    def stopped() -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        step_result(tmp_path / "step.json", {}, stopped)
    assert not list(tmp_path.iterdir())
