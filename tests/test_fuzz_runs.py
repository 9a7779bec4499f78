"""A short round of `fuzz_runs.py`: whatever lies beside a submission, one line and no traceback."""

from __future__ import annotations

import pytest

pytest.importorskip("jinja2")

from tests.fuzz_runs import run


def test_runs_as_strangers_could_send_them() -> None:
    counts = run(inputs=12, seconds=120, seed=1)
    for command in ("validate", "score", "report", "leaderboard", "compare", "merge"):
        assert counts[f"{command}: 0"], command
