"""What the command line prints and where: results to stdout, progress and remarks to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sized
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console, RenderableType
from rich.markup import escape

from spgc.errors import SpgcError
from spgc.progress import Telling

T = TypeVar("T")

PIPED_WIDTH = 200
"""Columns where no terminal sets a width: wide enough that no table is cut in a file."""

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
QuietFlag = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks.")]


class _Mode:
    quiet = False
    json = False


def set_mode(*, quiet: bool = False, json_out: bool = False) -> None:
    """Remember `--quiet` and `--json`; with `--json` remarks and progress go silent as well."""
    _Mode.quiet, _Mode.json = quiet or json_out, json_out


def stdout() -> Console:
    """Console for results; off a terminal it is wide, so nothing is cut."""
    return Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)


def stderr() -> Console:
    """Console for remarks, progress and errors."""
    return Console(stderr=True) if sys.stderr.isatty() else Console(stderr=True, width=PIPED_WIDTH)


def show(renderable: object) -> None:
    """Print a result, a table or text, to stdout; a string is plain, not markup."""
    if isinstance(renderable, str):
        show_text(renderable)
    else:
        stdout().print(renderable)


def show_text(text: str, *, command: bool = False) -> None:
    """Print a line of plain text to stdout; nothing with `--json`.

    A terminal wraps it between words, unless it is a `command`, which people copy.
    """
    if not _Mode.json:
        _print(stdout(), escape(text), command=command)


def _print(console: Console, markup: str, *, command: bool = False) -> None:
    console.print(markup, soft_wrap=command or not console.is_terminal, highlight=False)


def show_json(document: Any) -> None:
    """Print a document to stdout as JSON, readable and with a newline at the end."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def say(text: str, *, command: bool = False) -> None:
    """Print a remark to stderr, unless `--quiet`; `text` is plain, not markup."""
    if not _Mode.quiet:
        _print(stderr(), escape(text), command=command)


def fail(error: SpgcError) -> None:
    """Print an error: one line on stderr, or a JSON document on stdout with `--json`."""
    if _Mode.json:
        show_json(error.as_dict())
    _print(stderr(), f"[bold red]error:[/] {escape(str(error))}")


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Show a progress bar with time spent and time left while `items` are worked through."""
    if _Mode.quiet:
        yield from items
    elif sys.stderr.isatty():
        yield from _bar(items, label, total)
    else:
        yield from _lines(items, label, total)


def _bar(items: Iterable[T], label: str, total: int | None) -> Iterator[T]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Bar(Progress):
        """A bar, and below it what the work says of itself."""

        def get_renderables(self) -> Iterable[RenderableType]:
            yield from super().get_renderables()
            if status := _status(items):
                yield Text(status, style="dim", no_wrap=True, overflow="ellipsis")

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=stderr(),
    ) as bar:
        yield from bar.track(items, total=total, description=escape(label))


def _lines(items: Iterable[T], label: str, total: int | None) -> Iterator[T]:
    """Progress for a log: one line when a tenth is done, with time left."""
    import time

    if total is None and isinstance(items, Sized):
        total = len(items)
    start, shown = time.monotonic(), 0
    for done, item in enumerate(items, start=1):
        yield item
        tenth = 10 * done // total if total else 0
        if tenth > shown:
            shown = tenth
            spent = time.monotonic() - start
            left = spent / done * ((total or done) - done)
            status = f" · {_status(items)}" if _status(items) else ""
            say(f"{label}: {done}/{total}, {spent:.0f} s, about {left:.0f} s left{status}")


def _status(items: object) -> str:
    return items.status() if isinstance(items, Telling) else ""
