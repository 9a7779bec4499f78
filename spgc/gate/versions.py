"""Which versions a baseline was made with, so that a flip can be traced to a library."""

from __future__ import annotations

import platform
from importlib.metadata import version

from spgc import __version__


def versions(*packages: str) -> dict[str, str]:
    """Versions of spgc, Python and `packages` by name."""
    named = {package: version(package) for package in packages}
    return {"spgc": __version__, "python": platform.python_version(), **named}
