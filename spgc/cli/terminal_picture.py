"""A picture in the terminal: in full where it speaks Kitty's or the sixel protocol, else blocks."""

from __future__ import annotations

import sys
from io import BytesIO

from spgc.cli import console


def can_show() -> bool:
    """Whether standard output is a terminal that understands more than plain text."""
    return sys.stdout.isatty() and console.stdout().color_system is not None


def show_picture(png: bytes) -> None:
    """Show a PNG as wide as the terminal."""
    # An extra, which asks the terminal what it can do when it is imported; it brings PIL.
    from PIL import Image as Picture
    from textual_image.renderable import Image

    console.show(Image(Picture.open(BytesIO(png)), width="100%", height="auto"))
