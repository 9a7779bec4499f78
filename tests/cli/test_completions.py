"""What a shell offers after Tab, through typer's own protocol; help names values in plain words."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from spgc.jobs.extras import has
from tests.challenge.flowers import flowers
from tests.cli.conftest import Spgc


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("spgc sco", ["score"]),
        ("spgc score --split te", ["test1", "test2", "test3", "test4", "test1-4"]),
        ("spgc leaderboard --split o", ["overall"]),
        ("spgc compare TheS", ["TheSaviours", "TheSaviours retrained"]),
        ("spgc example --split v", ["val"]),
        ("spgc systems d", ["density"]),
        ("spgc train --system w", ["winter"]),
        ("spgc train --preset d", ["demo"]),
        ("spgc train --scenario table5", ["table5"]),
        ("spgc train --device c", ["cpu", "cuda"]),
        ("spgc preprocess --lungs watershed-c", ["watershed-closed"]),
        ("spgc leaderboard --format la", ["latex"]),
    ],
)
def test_tab_offers(
    line: str, offered: list[str], spgc: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    if line.split()[1] in ("train", "preprocess") and not has("train"):
        pytest.skip("needs spgc[train]")
    # What an installed command is called, where pytest runs as a module.
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
    monkeypatch.setenv("_SPGC_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    assert spgc().out.split("\n")[: len(offered)] == offered


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("spgc score --challenge flowers --split g", ["garden"]),
        ("spgc example --challenge flowers --split o", ["overall"]),
        ("spgc leaderboard --challenge flowers --sort t", ["team", "thistle", "tulip"]),
        ("spgc validate --challenge flowers --labels 0=T", ["0=Tulip", "0=Thistle"]),
        ("spgc compare --challenge flowers TheS", [""]),
        ("spgc score --challenge nowhere --split te", ["test1"]),
    ],
)
def test_tab_offers_what_the_named_challenge_has(
    line: str, offered: list[str], tmp_path: Path, spgc: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sets, classes and teams; of a challenge that can't be read, those of the default."""
    (tmp_path / "flowers").mkdir()
    flowers(tmp_path / "flowers")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
    monkeypatch.setenv("_SPGC_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split()) - 1))
    assert spgc().out.split("\n")[: len(offered)] == offered


@pytest.mark.parametrize("command", ["", "score", "leaderboard", "compare", "data check"])
def test_help_names_values_and_no_types(command: str, spgc: Spgc) -> None:
    shown = spgc(*command.split(), "--help").out
    assert re.findall(r"<(?:bool|str|int|float|path|list)\b", shown) == []
    if command == "score":
        assert re.search(r"--resamples\s+NUMBER", shown)
        assert re.search(r"--cases\s+List every case", shown)


@pytest.mark.skipif(not has("train"), reason="needs spgc[train]")
def test_every_option_of_cnr_iemn_has_a_sentence(spgc: Spgc) -> None:
    shown = spgc("train", "--help").out
    assert "<bool>" not in shown
    words = " ".join(shown.split())
    assert re.findall(r"(?:a whole number|a number|text|true or false);? default", words) == []
