"""A short round of `fuzz_models.py`: a tampered model answers in numbers or is refused."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from tests.fuzz_models import run
from tests.one_thread import one_thread

__all__ = ["one_thread"]


def test_models_as_their_authors_could_make_them() -> None:
    counts = run(inputs=90, seconds=120, seed=1, names=["density", "winter", "thesaviours"])
    assert len(counts) == 3
    for name, outcomes in counts.items():
        assert outcomes["answered"] and outcomes["refused"], name
