"""Measure what an install of each extra downloads and takes: a table for docs/start/install.md.

    python .ci/install_sizes.py none report ct            # prints the rows, MB and seconds
    python .ci/install_sizes.py none ct --most 150 600    # fails where one takes more MB on disk

Each in a virtual environment of its own, from the wheel of this checkout. Time is that of pip,
download included, from the index that pip is set up with.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
MB = 1_000_000


def size(folder: Path) -> float:
    """MB of all files below `folder`."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / MB


def measured(wheel: Path, extra: str, work: Path) -> tuple[float, float, float]:
    """MB downloaded, MB installed and seconds of `wheel[extra]`."""
    home = work / extra
    venv.create(home / "env", with_pip=True)
    python = home / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    before = size(home / "env")
    wanted = str(wheel) if extra == "none" else f"{wheel}[{extra}]"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-cache-dir"]
    started = time.monotonic()
    subprocess.run([*pip, "download", "--quiet", "--dest", str(home / "got"), wanted], check=True)
    local = ["--no-index", "--find-links", str(home / "got")]
    subprocess.run([*pip, "install", "--quiet", *local, wanted], check=True)
    spent = time.monotonic() - started
    return size(home / "got"), size(home / "env") - before, spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extras", nargs="+", help="none, report, ct, ...")
    parser.add_argument("--most", nargs="+", type=float, help="MB on disk that each may take")
    asked = parser.parse_args()
    if asked.most and len(asked.most) != len(asked.extras):
        parser.error("--most needs one number per extra")
    too_large = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
        subprocess.run([*build, str(work / "wheel"), str(ROOT)], check=True)
        (wheel,) = (work / "wheel").glob("*.whl")
        for number, extra in enumerate(asked.extras):
            got, on_disk, spent = measured(wheel, extra, work)
            print(f"| `{extra}` | {got:.0f} MB | {on_disk:.0f} MB | {spent:.0f} s |", flush=True)
            if asked.most and on_disk > asked.most[number]:
                too_large.append(f"{extra}: {on_disk:.0f} MB, at most {asked.most[number]:.0f}")
    for line in too_large:
        print(line, file=sys.stderr)
    return bool(too_large)


if __name__ == "__main__":
    sys.exit(main())
