"""Running the command line in this process, exactly as the installed command does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from spgc.cli.main import run as run_command


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Spgc = Callable[..., Ran]


@pytest.fixture
def spgc(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Spgc:
    """`spgc("score", path)` gives exit code, stdout and stderr."""

    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["spgc", *map(str, words)])
        code = run_command()
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        return Ran(code, streams.out, streams.err)

    return run
