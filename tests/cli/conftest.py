"""Running the command line in this process, exactly as the installed command does."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from spgc.cli.main import main


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
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        return Ran(code, streams.out, streams.err)

    return run
