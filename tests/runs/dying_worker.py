"""What Dask workers do in tests: have a small network, or die once in one scan's middle."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spgc.runs import worker_system
from tests.nets.slices import tiny_stages

_whole = worker_system.bring_in


def have_small_network() -> None:
    """Let this worker build a small network where it would build ResNet-18."""
    tiny_stages.in_the_place_of("resnet18", pytest.MonkeyPatch())


def die_at(case_id: str, marker: Path) -> None:
    """Let this worker die the first time that it has brought `case_id` into the store."""

    def dying(case: str, *rest: object) -> object:
        outcome = _whole(case, *rest)
        if case == case_id and not marker.exists():
            marker.touch()
            os._exit(1)
        return outcome

    worker_system.bring_in = dying


def live_on() -> None:
    """Let this worker be as it was before `die_at`."""
    worker_system.bring_in = _whole


def loaded() -> int:
    """How many systems this worker holds."""
    return len(worker_system._held)
