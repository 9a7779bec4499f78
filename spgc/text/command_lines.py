"""Command lines for people to copy, quoted as the shell of this system wants it."""

from __future__ import annotations

import os
import shlex
import subprocess


def command_line(*words: object) -> str:
    """The words as one line that a shell takes apart again; `cmd.exe`'s quotes on Windows."""
    texts = [str(word) for word in words]
    return subprocess.list2cmdline(texts) if os.name == "nt" else shlex.join(texts)
