"""A console on which text stays text: no markup, no emoji codes, no sign that moves the cursor."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import Any, NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Span, Text

from spgc.text.printable import printable


class PlainConsole(Console):
    """Rich's console, with every text made printable before it is laid out.

    Tables print names by `spgc.report.score_tables.name_text`, which puts them on one line as
    well; this is the net below it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """As rich has it, but printable."""
        return clean(super().render_str(text, **options))

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As rich has it, but printable."""
        return super().render(
            clean(renderable) if isinstance(renderable, Text) else renderable, options
        )

    def on_broken_pipe(self) -> NoReturn:
        """Raise the error itself: rich's own takes stdout away, whichever stream it was."""
        raise BrokenPipeError(errno.EPIPE, "the reader has gone")


def clean(text: Text) -> Text:
    """The same text, its styles on the same signs, each line made printable."""
    if all(printable(line) == line for line in text.plain.split("\n")):
        return text
    written = [sign if sign == "\n" else printable(sign) for sign in text.plain]
    starts = [0]
    for part in written:
        starts.append(starts[-1] + len(part))
    spans = [Span(starts[span.start], starts[span.end], span.style) for span in text.spans]
    return Text(
        "".join(written),
        text.style,
        justify=text.justify,
        overflow=text.overflow,
        no_wrap=text.no_wrap,
        end=text.end,
        spans=spans,
    )
