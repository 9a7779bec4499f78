"""A short round of `fuzz_kept.py`: no damaged file changes an answer without a word."""

from __future__ import annotations

from tests.fuzz_kept import run


def test_no_damage_passes_for_what_was_written() -> None:
    counts = run(inputs=400, seconds=120, seed=1)
    assert len(counts) == 8
    for name, outcomes in counts.items():
        assert set(outcomes) <= {"same", "noticed", "absent", "changed"}
        assert outcomes["noticed"] > outcomes["same"], name
        assert not outcomes["changed"] or name == "classifier"
