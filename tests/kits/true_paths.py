"""A program run with folders at the paths where a platform mounts them, and without network.

Not a container: a private mount namespace whose root has the machine's own folders, and in it the
platform's. Tests are skipped by name where the machine allows no such thing.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

_UNSHARE = ("unshare", "--mount", "--net", "--map-root-user", "--propagation", "private")


def run_at(
    places: Mapping[str, Path], *command: str | Path, writable: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """The ended run of `command` with folders or files at absolute paths.

    What is not in `writable` can only be read.
    """
    if not _allowed():
        pytest.skip("this machine allows no mount namespaces")
    return _run(places, *command, writable=writable)


def run_in(
    work: str, command: str, places: Mapping[str, Path], python: Path, scratch: Path
) -> subprocess.CompletedProcess[str]:
    """The same for a shell command in the folder `work`, with `python` as its `python3`.

    Its places can be written; scratch: an empty folder.
    """
    (scratch / "python3").symlink_to(python)
    line = f"cd {work} && PATH={shlex.quote(str(scratch))}:/usr/bin:/bin exec {command}"
    return run_at(places, "/bin/sh", "-c", line, writable=tuple(places))


@cache
def _allowed() -> bool:
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        return _run({"/opt/ml/model": Path(folder)}, "true").returncode == 0


def _run(
    places: Mapping[str, Path], *command: str | Path, writable: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as root:
        lines = [*_mounts(Path(root), places, writable)]
        lines.append(f"exec chroot {shlex.quote(root)} {shlex.join(map(str, command))}")
        return subprocess.run(
            [*_UNSHARE, "sh", "-ec", "\n".join(lines)], capture_output=True, text=True, check=False
        )


def _mounts(root: Path, places: Mapping[str, Path], writable: tuple[str, ...]) -> list[str]:
    """Shell lines that make the root; nothing is made in the machine's own folders."""
    lines = [f"mount -t tmpfs tmpfs {shlex.quote(str(root))}"]
    shared = {Path(place).parts[1] for place in places}
    for folder in sorted(Path("/").iterdir()):
        if folder.is_symlink():
            lines.append(shlex.join(["ln", "-s", str(folder.readlink()), f"{root}{folder}"]))
        elif folder.name in shared and folder.is_dir():
            inner = [one for one in sorted(folder.iterdir()) if one.is_dir()]
            lines += [line for one in inner for line in _bound(root, str(one), one)]
        elif folder.is_dir():
            lines += _bound(root, str(folder), folder)
    for place, source in places.items():
        lines += _bound(root, place, source)
        if place not in writable:
            lines.append(shlex.join(["mount", "-o", "remount,ro,bind", f"{root}{place}"]))
    return lines


def _bound(root: Path, place: str, source: Path) -> list[str]:
    target = f"{root}{place}"
    made = ["mkdir", "-p", target] if source.is_dir() else ["touch", target]
    above = ["mkdir", "-p", str(Path(target).parent)]
    return [shlex.join(words) for words in (above, made, ["mount", "--rbind", str(source), target])]
