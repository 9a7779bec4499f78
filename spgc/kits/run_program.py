"""Running the program of a kit on one submission, as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from spgc.files.foreign_names import place_in
from spgc.kits.platform_kit import TrialRun
from spgc.kits.written_kit import WrittenKit

SECONDS = 120


def laid_out(kit: WrittenKit, archive: str, folder: Path) -> None:
    """Unpack an archive of the kit. Raises DataError for one that can't be read."""
    folder.mkdir(parents=True)
    for name in kit.members(archive):
        if name.endswith("/"):
            continue
        path = place_in(folder, *name.split("/"), what="file of an archive")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kit.read(f"{archive}!/{name}"))
        path.chmod(0o755)


def run_program(words: Sequence[str | Path], more: dict[str, str] | None = None) -> TrialRun:
    """Run a Python program; a code other than 0 is a refusal with the last line as its reason."""
    command = [sys.executable, "-I", *map(str, words)]
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter, and a program of the kit
            command,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, **(more or {})},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return TrialRun(reason=f"it did not end: {type(error).__name__}")
    if done.returncode == 0:
        return TrialRun()
    lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return TrialRun(reason=lines[-1] if lines else f"exit code {done.returncode}, without a reason")
