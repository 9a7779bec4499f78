"""A short round of `make kills`: a server that is killed under load loses nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kill_server import kill_rounds


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(tmp_path: Path) -> None:
    assert kill_rounds(tmp_path, kills=2, seed=1) == []
