"""What each of two processes does in test_processes.py; started by torchrun with a folder."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import torch

from spgc.jobs.progress import silent
from spgc.nets import processes
from spgc.nets.slices import backbones
from spgc.nets.slices import sizes as inputs
from spgc.nets.training import recorder
from spgc.nets.training.learner import Learner

sys.path.insert(0, str(Path(__file__).parents[2]))  # torchrun gives the script's folder alone
from tests.nets.training import tiny_training as tiny

T = TypeVar("T")


def interrupted(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Ctrl-C in the main process alone, in the second epoch."""
    for number, item in enumerate(items):
        if number == 5:
            signal.raise_signal(signal.SIGINT)
        yield item


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    backbones.SPECS, inputs.SIZES = tiny.SPECS, tiny.SIZES  # type: ignore[misc]
    recorder.SAVE_EVERY = 1e9
    torch.set_num_threads(1)
    Learner.gradients = tiny.keeping(folder / "gradients.safetensors")  # type: ignore[method-assign]
    tiny.train(folder / "whole", track=silent, evaluate_every=3)
    with contextlib.suppress(KeyboardInterrupt):
        tiny.train(folder / "parts", track=interrupted, evaluate_every=3)
        sys.exit("was not interrupted")
    if processes.is_main():
        assert (folder / "parts" / "tiny.progress.safetensors").is_file()
    tiny.train(folder / "parts", track=silent, evaluate_every=3)
