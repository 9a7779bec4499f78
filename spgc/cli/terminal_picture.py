"""A picture in the terminal: in full where it speaks Kitty's or the sixel protocol, else blocks."""

from __future__ import annotations

import sys
from pathlib import Path

from spgc.cli import console


def can_show() -> bool:
    """Whether standard output is a terminal that understands more than plain text."""
    return sys.stdout.isatty() and console.stdout().color_system is not None


def show_picture(path: Path) -> None:
    """Show a PNG as wide as the terminal."""
    from textual_image.renderable import Image  # asks the terminal what it can do

    console.show(Image(path, width="100%", height="auto"))
