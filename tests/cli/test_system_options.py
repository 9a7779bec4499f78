"""A command takes the options of its system as flags, whichever system that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.cli import predict_command, train_command
from spgc.contract.flags import Flag
from spgc.systems.density.system import Density
from tests.cli.conftest import Spgc


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list:  # type: ignore[type-arg]
    """What the commands ask the library for."""
    found: list = []  # type: ignore[type-arg]

    def note(given: object, _: object) -> None:
        found.append(given)
        raise KeyboardInterrupt

    monkeypatch.setattr(train_command, "run", note)
    monkeypatch.setattr(predict_command, "run", note)
    return found


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (
            ["--epochs", "3", "--lungs", "watershed-one-region"],
            {"epochs": "3", "lung_method": "watershed-one-region"},
        ),
        (["--deterministic", "--tensorboard"], {"deterministic": "true", "tensorboard": "true"}),
        (["--image-size=64", "--weights", "none"], {"image_size": "64", "weights": "none"}),
        (["--weights", "files"], {"weights": "files"}),
        (["--epochs", "3", "--option", "epochs=3"], {"epochs": "3"}),
        (
            ["--system", "density", "--bin-width", "25", "--seed", "7"],
            {"bin_width": "25", "seed": "7"},
        ),
        (["--bin-width", "25", "--system=density"], {"bin_width": "25"}),
        ([], {}),
    ],
)
def test_training(words: list[str], options: dict[str, str], spgc: Spgc, asked: list) -> None:  # type: ignore[type-arg]
    assert spgc("train", *words).code == 130
    assert dict(asked[0].options) == options
    assert asked[0].system == ("density" if "density" in " ".join(words) else "cnr-iemn")


def test_predicting_without_a_model_knows_the_default_system(
    spgc: Spgc,
    asked: list,
    tmp_path: Path,  # type: ignore[type-arg]
) -> None:
    assert spgc("predict", "--classifier", "svm", "--model", tmp_path / "none").code == 130
    assert dict(asked[0].options) == {"patient_classifier": "svm"}


def test_help_lists_the_options_of_the_system_asked_for(spgc: Spgc) -> None:
    ours, other = spgc("train", "--help").out, spgc("train", "--system", "density", "--help").out
    for text in ("Epochs per backbone.", "--image-size", "Options of cnr-iemn", "--tensorboard"):
        assert text in ours
    assert "--bin-width" in other
    assert "--epochs" not in other
    assert "--classifier" in spgc("predict", "--help").out


def test_an_unknown_system_is_told_as_json_where_asked(spgc: Spgc) -> None:
    ran = spgc("train", "--system", "densty", "--epochs", "3", "--json")
    assert ran.code == 2
    assert '"do": "did you mean \'density\'?"' in ran.out


def test_a_value_is_needed(spgc: Spgc) -> None:
    ran = spgc("train", "--epochs")
    assert (ran.code, "requires an argument" in ran.err) == (2, True)


@pytest.mark.parametrize("first", ["--bin-width", "--option=bin_width"])
def test_an_option_said_twice_is_refused(first: str, spgc: Spgc, asked: list) -> None:  # type: ignore[type-arg]
    given = [first, "25"] if first.startswith("--bin") else [f"{first}=25"]
    ran = spgc("train", "--system", "density", *given, "--bin-width", "30")
    assert (ran.code, asked) == (2, [])
    assert "option bin_width given twice" in ran.err
    assert spgc("train", "--system", "density", *given, "--bin-width", "25").code == 130
    assert dict(asked[0].options) == {"bin_width": "25"}


ODD = (
    "a-b",
    "a b",
    "help",
    "h",
    "-x",
    "--y",
    "",
    "\x1b[31mz",
    "1",
    "A_b",
    "_",
    "x=y",
    "quiet",
    "data",
)
"""Names of options that can be no flag, or are the command's own flags."""


class OddlyNamed(Density):
    """A system whose options are called as no flag can be."""

    flags = (Flag("bin_width", "Width.", name="bin width"), Flag("seed", "Seed.", name="--help"))

    @classmethod
    def options(cls) -> dict[str, str]:
        return {**super().options(), **dict.fromkeys(ODD, "text"), "loud": "\x1b[31m a word"}


def test_options_that_can_be_no_flag_are_reached_by_option_alone(
    spgc: Spgc,
    asked: list,  # type: ignore[type-arg]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(train_command, "system_named", lambda _: OddlyNamed)
    shown = spgc("train", "--help")
    assert (shown.code, "\x1b" in shown.out) == (0, False)
    assert "Options of density" in shown.out
    assert r"\x1b[31m a word" in shown.out
    for word in ("--a-b", "--A-b", "--1", "---"):
        assert spgc("train", word, "3").code == 2
    assert spgc("train", "--option", "help=3", "--option", "a b=4", "--h", "5").code == 130
    assert dict(asked[0].options) == {"help": "3", "a b": "4", "h": "5"}
    assert spgc("train", "--quiet", "--bin-width", "5").code == 130
    assert dict(asked[1].options) == {"bin_width": "5"}
