"""Parts of a result as plain text: no colours, no signs that act on a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from spgc.report.plain_console import PlainConsole


def plain_text(parts: Iterable[RenderableType], width: int) -> str:
    """The parts below each other, tables in `width` columns; texts are never cut or folded."""
    file = io.StringIO()
    sheet = PlainConsole(
        file=file,
        width=width,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,  # in a notebook rich would show the parts instead of writing them
    )
    for part in parts:
        sheet.print(part, soft_wrap=isinstance(part, Text))
    return "\n".join(line.rstrip() for line in file.getvalue().rstrip("\n").split("\n"))
