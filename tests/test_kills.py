"""A short round of `make kills`: commands that were killed and begun again end like others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kill_harness import run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs process groups and SIGKILL")


def test_killed_and_started_again(tmp_path: Path) -> None:
    names = ["phantom", "preprocess", "train", "predict"]
    assert run(tmp_path, names, seed=2, numbers=range(4), minutes=10) == []
