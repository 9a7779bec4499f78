"""Served challenges in a folder of their own, whose connections are closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving.flower_server import FlowerServer, served

Serve = Callable[..., FlowerServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Makes a served challenge: see `served`."""
    made: list[FlowerServer] = []

    def make(*words: Any, **options: Any) -> FlowerServer:
        made.append(served(tmp_path / str(len(made)), *words, **options))
        return made[-1]

    yield make
    for one in made:
        one.desk.close()
