"""A short round of the fuzz of the readers, the same each time; `make fuzz` goes on for longer."""

from __future__ import annotations

import time

import pytest

from tests.fuzz_readers import KINDS, fuzz


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_bytes_a_volume_or_one_error_comes_back(kind: str) -> None:
    counts, failed = fuzz(kind, seed=0, inputs=200, until=time.monotonic() + 60)
    assert failed == []
    assert counts["refused"] > 20
    assert counts["read"] > 2
