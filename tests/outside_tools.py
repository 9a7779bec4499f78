"""Validators of other projects, run as their users run them; tests are skipped without them.

They need other versions of packages than spgc, so `.ci/run` gives each a Python of its own and puts
it last on PATH; `.ci/validators` lists them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def run_tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The ended run of the tool `name`; skips the test where it is not installed."""
    tool = shutil.which(name)
    if tool is None:
        pytest.skip(f"{name} is not on PATH")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [tool, *map(str, arguments)], capture_output=True, text=True, check=False, env=environment
    )
