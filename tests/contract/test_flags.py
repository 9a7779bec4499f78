"""A system's options are flags: all of them, worded by the system where it does so."""

from __future__ import annotations

from spgc.contract.flags import Flag, answering_flags, training_flags
from spgc.systems.registry import system_named


class Tiny:
    """As much of a system as flags look at."""

    flags = (
        Flag("depth", "How deep.", "3", "--levels"),
        Flag("fast", "In a hurry.", switch=True),
        Flag("judge", "Who answers.", answering=True),
        Flag("gone", "No option any more."),
    )

    @classmethod
    def options(cls) -> dict[str, str]:
        return {"bin_width": "a whole number; default 50", "depth": "x", "fast": "y", "judge": "z"}


def test_worded_ones_come_first_and_none_is_lost() -> None:
    found = training_flags(Tiny)  # type: ignore[arg-type]
    assert [(flag.option, flag.spelled) for flag in found] == [
        ("depth", "--levels"),
        ("fast", "--fast"),
        ("bin_width", "--bin-width"),
        ("judge", "--judge"),
    ]
    assert found[2].help == "a whole number; default 50"
    assert [flag.option for flag in answering_flags(Tiny)] == ["judge"]  # type: ignore[arg-type]


def test_a_system_that_words_nothing_has_flags_all_the_same() -> None:
    kind = system_named("density")
    assert [flag.option for flag in training_flags(kind)] == list(kind.options())
    assert answering_flags(kind) == []


def test_the_flags_of_cnr_iemn() -> None:
    """Names that documents and scripts use."""
    kind = system_named("cnr-iemn")
    spelled = {flag.spelled for flag in training_flags(kind)}
    assert spelled >= {
        *("--preset", "--scenario", "--epochs", "--batch-size", "--lungs", "--seed", "--features"),
        *("--folds", "--patient-weights", "--micro-batch", "--deterministic", "--evaluate-every"),
        *("--tensorboard", "--weights"),
    }
    assert [flag.spelled for flag in answering_flags(kind)] == ["--classifier"]
    assert {flag.option for flag in training_flags(kind)} == set(kind.options())
