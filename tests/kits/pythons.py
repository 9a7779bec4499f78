"""The Pythons of this machine that can run a scorer: by PATH, PYENV_ROOT and SPGC_PYTHONS."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

OLDEST = (3, 7)


@lru_cache(maxsize=1)
def pythons() -> dict[str, Path]:
    """Interpreters by version, `3.7.16` first: one for each version from 3.7 on."""
    found: dict[tuple[int, ...], Path] = {}
    for path in [Path(sys.executable), *_candidates()]:
        version = _version(path)
        if version and version >= OLDEST:
            found.setdefault(version, path)
    return {".".join(map(str, version)): found[version] for version in sorted(found)}


def _candidates() -> list[Path]:
    """SPGC_PYTHONS lists interpreters, or folders of installations, parted as in PATH."""
    named = [Path(one) for one in os.environ.get("SPGC_PYTHONS", "").split(os.pathsep) if one]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    folders = [Path(one) for one in os.environ.get("PATH", "").split(os.pathsep) if one]
    installed = [p for root in (*named, pyenv) if root.is_dir() for p in sorted(root.glob("*/bin"))]
    inside = [
        path
        for folder in (*installed, *folders)
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if re.fullmatch(r"python3\.\d+", path.name)
    ]
    return [one for one in named if one.is_file()] + inside


def _version(path: Path) -> tuple[int, ...] | None:
    """The version that an interpreter says it has; None for one that doesn't start."""
    command = [str(path), "-c", "import sys; print(*sys.version_info[:3])"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        return tuple(int(part) for part in done.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
