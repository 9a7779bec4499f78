"""Running a command where folders stand at fixed places, such as `/app`: in a mount namespace.

Needs Linux and `unshare -m`, as root or with user namespaces; whoever may not is told why.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_SCRIPT = """
set -e
root=$1
mount -t tmpfs none "$root"
for place in /*; do
  case $place in
    /app|/autograder|/input|/output) continue ;;
  esac
  if [ -L "$place" ]; then
    cp -P "$place" "$root$place"
  elif [ -d "$place" ]; then
    mkdir "$root$place"
    mount --rbind "$place" "$root$place" 2>/dev/null || true
  fi
done
"""


def why_not() -> str | None:
    """Why no command can have a root of its own here; None where one can."""
    if shutil.which("unshare") is None:
        return "unshare is not installed"
    words = [*_unshare(), "mount", "-t", "tmpfs", "none", "/mnt"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"no mount namespace: {done.stderr.strip()[:80]}"


def _unshare() -> list[str]:
    return ["unshare", "--mount", "--map-root-user"]


def run_in_own_root(
    command: str, places: Mapping[str, Path], work: str, python: Path, scratch: Path
) -> subprocess.CompletedProcess[str]:
    """Run a shell command with folders bound to absolute `places`, and `python` as `python3`."""
    root, tools = scratch / "root", scratch / "tools"
    root.mkdir()
    tools.mkdir()
    (tools / "python3").symlink_to(python)
    lines = [_SCRIPT]
    for place, folder in places.items():
        lines.append(f'mkdir -p "$root{place}"')
        lines.append(f'mount --bind {shlex.quote(str(folder))} "$root{place}"')
    inner = f"cd {work} && PATH={tools}:/usr/bin:/bin exec {command}"
    lines.append(f'exec chroot "$root" /bin/sh -c {shlex.quote(inner)}')
    words = [*_unshare(), "/bin/sh", "-c", "\n".join(lines), "sh", str(root)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
