"""Two CPU processes learn what one learns that takes the same two parts of each batch."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from spgc.nets import processes
from spgc.nets.training.learner import Learner
from tests.nets.training import tiny_training as tiny
from tests.nets.training.test_training import table
from tests.nets.training.tiny_training import keeping


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes under torchrun wrote: a whole training, and one that was interrupted."""
    folder = tmp_path_factory.mktemp("two")
    script = Path(__file__).with_name("two_processes.py")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            "2",
            str(script),
            str(folder),
        ],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "error::FutureWarning"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same training by one process in two parts a batch, with its first gradients."""
    folder = tmp_path_factory.mktemp("one")
    with pytest.MonkeyPatch.context() as patch:
        tiny.known(patch)
        patch.setattr(Learner, "gradients", keeping(folder / "gradients.safetensors"))
        tiny.train(folder / "whole", micro_batch=4, evaluate_every=3)
    return folder


def close(one: Path, other: Path) -> None:
    tensors, others = load_file(one), load_file(other)
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        if "num_batches" not in name:  # counts parts, and is not used
            assert torch.allclose(tensor, others[name], rtol=1e-5, atol=1e-7), name


def test_gradients_are_the_same(one: Path, two: Path) -> None:
    close(one / "gradients.safetensors", two / "gradients.safetensors")


def test_weights_end_the_same(one: Path, two: Path) -> None:
    """Running means and variances too, and every line of the table but for rounding."""
    close(one / "whole" / "tiny.safetensors", two / "whole" / "tiny.safetensors")
    for row, other in zip(table(one / "whole"), table(two / "whole"), strict=True):
        for name in row:
            if name.endswith("loss") and row[name]:
                assert float(row[name]) == pytest.approx(float(other[name]), abs=1e-5)
            else:
                assert row[name] == other[name]


def test_an_interrupt_of_one_process_stops_both_and_loses_nothing(two: Path) -> None:
    for name in ("tiny.safetensors", "tiny.best.safetensors"):
        assert (two / "whole" / name).read_bytes() == (two / "parts" / name).read_bytes()
    assert table(two / "whole") == table(two / "parts")


def test_one_process_needs_no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.known(monkeypatch)
    processes.join(torch.device("cpu"))
    assert (processes.count(), processes.rank(), processes.is_main()) == (1, 0, True)
    assert processes.any_of(True)
    assert not processes.any_of(False)
