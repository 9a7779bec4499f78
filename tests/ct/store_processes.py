"""Processes that run `spgc preprocess`, note what they read, and are killed at a file access."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import spgc.ct.scan_to_store
from spgc.cli.app import app
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume

TOUCHES = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.scandir", "os.listdir"}
"""Audit events of the interpreter that come just before a file system is used."""


def start(words: Sequence[str], store: Path, log: Path, kill_at: int | None = None) -> BaseProcess:
    """Run the command in a process of its own, forked from one that has all modules loaded.

    It writes the folders that it reads to `log`, and kills itself before its access number
    `kill_at` to anything in `store`; without, it writes their number at the end.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_run, args=(list(words), store, log, kill_at))
    process.start()
    return process


def _run(words: list[str], store: Path, log: Path, kill_at: int | None) -> None:
    os.environ["NO_COLOR"] = "1"
    touches = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal touches
        if event in TOUCHES and str(arguments[0]).startswith(str(store)):
            if touches == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            touches += 1

    spgc.ct.scan_to_store.read_scan = partial(_noted, log)  # type: ignore[assignment]
    sys.addaudithook(watch)
    app([*words, "--quiet"], standalone_mode=False)
    with log.open("a") as stream:
        stream.write(f"{touches} touches\n")


def _noted(log: Path, folder: Path) -> Volume:
    with log.open("a") as stream:  # one short write: whole, whoever else writes
        stream.write(f"read {folder.name}\n")
    return read_scan(folder)


def reads(log: Path) -> list[str]:
    """Folders that were read, in order."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.removeprefix("read ") for line in lines if line.startswith("read ")]


def touches(log: Path) -> int:
    """Accesses of an uninterrupted process to its store."""
    return int(log.read_text().splitlines()[-1].removesuffix(" touches"))


def content(root: Path) -> dict[str, bytes]:
    """Every file under a folder with its bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
