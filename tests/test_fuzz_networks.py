"""A short round of `fuzz_networks.py`: a tampered network answers in numbers or is refused."""

from __future__ import annotations

import pytest

pytest.importorskip("nncf")

from tests.fuzz_networks import run
from tests.one_thread import one_thread

__all__ = ["one_thread"]


def test_networks_as_their_authors_could_make_them() -> None:
    counts = run(inputs=24, seconds=120, seed=1)
    assert counts["refused"]
    assert counts["int8 answered"] + counts["fp32 answered"]
