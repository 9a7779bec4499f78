"""training.csv and TensorBoard's curves of a training that was stopped hold each point once."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from spgc.errors import MissingExtraError
from spgc.jobs import extras
from spgc.nets import device as runtime
from spgc.nets.training import recorder
from spgc.nets.training.metrics import Metrics, columns_of
from spgc.nets.training.state import Sums, TrainingState
from spgc.systems.cnr_iemn.slice_task import CnrIemnTask
from tests.nets.training import tiny_training as tiny
from tests.nets.training.test_training import StoppedError, stop_after

TASK = CnrIemnTask(tiny.CONFIG, region_head=True)

COLUMNS = columns_of(TASK)


def row(backbone: str, step: int) -> list[str]:
    return [backbone, "1", str(step), "0.1", *"111", "5", "10", "3", "4", "9.5", "0.01"]


def steps(folder: Path) -> list[tuple[str, str]]:
    rows = (folder / "training.csv").read_text().splitlines()
    assert rows[0] == ",".join(COLUMNS)
    return [(row.split(",")[0], row.split(",")[2]) for row in rows[1:]]


def test_lines_after_the_save_are_taken_out(tmp_path: Path) -> None:
    """Another backbone's lines stay, half a line goes."""
    for name in ("a", "b"):
        metrics = Metrics(tmp_path, name, COLUMNS, None, curves=False)
        for step in (3, 6, 9):
            metrics.note(row(name, step))
    with (tmp_path / "training.csv").open("a") as file:
        file.write("b,1,1")
    none = Sums(TASK).none()
    saved = TrainingState(none, none, step=7, evaluated=6)
    Metrics(tmp_path, "b", COLUMNS, saved, curves=False)
    assert steps(tmp_path) == [("a", "3"), ("a", "6"), ("a", "9"), ("b", "3"), ("b", "6")]
    Metrics(tmp_path, "a", COLUMNS, None, curves=False)
    assert steps(tmp_path) == [("b", "3"), ("b", "6")]


@pytest.mark.parametrize(
    "damage",
    [
        b"b,\xff\xfe\x80,\r\n",
        bytes(4096),
        b'"' + b"x" * 200_000,
        ",".join(row("b", 0)).replace(",0,", f",{'9' * 5000},").encode(),
    ],
    ids=["no text", "zeros of a power cut", "a long field", "a long number"],
)
def test_damaged_lines_are_left_out(damage: bytes, tmp_path: Path) -> None:
    """Training that went on ended in a traceback of Python's."""
    Metrics(tmp_path, "a", COLUMNS, None, curves=False).note(row("a", 3))
    with (tmp_path / "training.csv").open("ab") as file:
        file.write(damage)
    Metrics(tmp_path, "b", COLUMNS, None, curves=False)
    assert steps(tmp_path) == [("a", "3")]


def test_a_table_of_other_columns_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "training.csv").write_text("backbone,epoch\na,1\n")
    Metrics(tmp_path, "a", COLUMNS, None, curves=False)
    assert steps(tmp_path) == []


def test_curves_hold_each_step_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorBoard's own, on import
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    tiny.known(monkeypatch)
    monkeypatch.setattr(recorder, "CURVE_EVERY", 2)
    for after, every in ((5, 0.0), (3, 1e9), (3, 1e9)):  # the second loses what it did
        monkeypatch.setattr(recorder, "SAVE_EVERY", every)
        with pytest.raises(StoppedError):
            tiny.train(tmp_path, track=stop_after(after), tensorboard=True)
    tiny.train(tmp_path, tensorboard=True)
    curves = EventAccumulator(str(tmp_path / "tensorboard" / "tiny"))
    curves.Reload()
    points = {name: [e.step for e in curves.Scalars(name)] for name in curves.Tags()["scalars"]}
    assert points.pop("training/loss") == [2, 4, 6, 8, 10, 12]
    assert points.pop("validation/accuracy") == [4, 8, 12]
    assert set(points) == {
        "training/class loss",
        "training/region loss",
        "training/accuracy",
        "training/learning rate",
        "speed/slices per second",
        "speed/share waiting for data",
    }


def test_tensorboard_is_loaded_only_when_asked_for() -> None:
    code = "import sys, spgc.systems.cnr_iemn.train_backbones; print('tensorboard' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_missing_tensorboard_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'spgc\[tensorboard\]'"):
        runtime.Runtime(tensorboard=True)
