"""What the command line prints and where: results to stdout, progress and remarks to stderr.

Everything goes through `PlainConsole`: names from files of strangers can't act on the terminal.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import Annotated, Any, TypeVar

import typer
from rich.console import RenderableType
from rich.text import Text

from spgc.cli import streams
from spgc.cli.time_left import TimeLeft
from spgc.errors import SpgcError
from spgc.jobs.progress import Telling
from spgc.report.plain_console import PlainConsole
from spgc.text.command_lines import command_line
from spgc.text.durations import duration
from spgc.text.printable import printable
from spgc.version import __version__

T = TypeVar("T")

PIPED_WIDTH = 200
"""Columns where no terminal sets a width: wide enough that no table is cut in a file."""

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document only.")]
QuietFlag = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print results only: no progress, no remarks.")
]


class _Mode:
    quiet = False
    json = False
    name: str | None = None
    context: Any = None


def set_mode(*, quiet: bool = False, json_out: bool = False) -> None:
    """Remember `--quiet` and `--json`; with `--json` remarks and progress go silent as well."""
    _Mode.quiet, _Mode.json = quiet or json_out, json_out


def begin(name: str, context: Any = None) -> None:
    """Remember which command runs, and its context where it may be one of several below it."""
    _Mode.name, _Mode.context = name, context


def _command() -> str | None:
    """The command that runs, as after `spgc`: `score`, `leaderboard audit`."""
    below = getattr(_Mode.context, "invoked_subcommand", None)
    return f"{_Mode.name} {below}" if below else _Mode.name


def stdout() -> PlainConsole:
    """Console for results; off a terminal it is wide, so nothing is cut."""
    return PlainConsole(width=None if sys.stdout.isatty() else PIPED_WIDTH)


def stderr() -> PlainConsole:
    """Console for remarks, progress and errors."""
    return PlainConsole(stderr=True, width=None if sys.stderr.isatty() else PIPED_WIDTH)


def show(renderable: object) -> None:
    """Print a result, a table or text, to stdout; a string is plain, not markup."""
    if isinstance(renderable, str):
        show_text(renderable)
    else:
        show_all([renderable])


def show_all(parts: Iterable[object]) -> None:
    """Print the parts of a result; a terminal wraps texts that may be wrapped."""
    out = stdout()
    for part in parts:
        if isinstance(part, Text):
            _print(out, part, command=bool(part.no_wrap))
        else:
            out.print(part)


def show_text(text: str, *, command: bool = False) -> None:
    """Print a line of plain text to stdout; nothing with `--json`.

    A terminal wraps it between words, unless it is a `command`, which people copy.
    """
    if not _Mode.json:
        _print(stdout(), Text(printable(text)), command=command)


def _print(console: PlainConsole, text: Text, *, command: bool = False) -> None:
    console.print(text, soft_wrap=command or not console.is_terminal)


def show_json(document: Mapping[str, Any]) -> None:
    """Print a command's result to stdout as JSON: its `schema`, `command`, `version`, the rest.

    Every document of `--json` is written here. It names its own schema; raises KeyError without.
    """
    head = {"schema": document["schema"], "command": _command(), "version": __version__}
    show_foreign_json({**head, **document})


def show_foreign_json(document: Mapping[str, Any]) -> None:
    """Print a document whose form is laid down elsewhere; with a newline at the end.

    Signs that are not printable, or that stdout can't encode, are written as JSON's own escapes:
    a program reads back the very text.
    """
    narrow = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    text = json.dumps(document, indent=2, ensure_ascii=narrow, allow_nan=False)
    sys.stdout.write("\n".join(map(_json_line, text.split("\n"))) + "\n")


def _json_line(line: str) -> str:
    if printable(line) == line:
        return line
    return "".join(c if printable(c) == c else json.dumps(c)[1:-1] for c in line)


def show_document(text: str) -> None:
    """Print a whole document to stdout, such as a submission; as it is, but on a terminal."""
    if sys.stdout.isatty():
        text = "\n".join(map(printable, text.split("\n")))
    sys.stdout.write(text)


def show_page(page: str) -> None:
    """Print an HTML page to stdout in UTF-8, which it names as its encoding."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(page)


def say(text: str, *, command: bool = False) -> None:
    """Print a remark to stderr, unless `--quiet`; `text` is plain, not markup."""
    if not _Mode.quiet:
        _remark(Text(printable(text)), command=command)


def say_next(*words: object, lead: str = "Next") -> None:
    """Print the command that comes next, quoted so that a shell takes it as it stands."""
    line = command_line("spgc", *words)
    if printable(line) == line:  # else nobody could copy it
        say(f"{lead}: {line}", command=True)


def complain(text: str) -> None:
    """Print what went wrong with a part of the work to stderr, `--quiet` or not."""
    _remark(Text.assemble(("error:", "bold red"), " ", printable(text)))


def _remark(text: Text, *, command: bool = False) -> None:
    """Print to stderr. A closed terminal or a full disk behind it is no reason to stop work."""
    try:
        _print(stderr(), text, command=command)
    except OSError:
        streams.spare_remarks()


def fail(error: SpgcError) -> None:
    """Print an error: one line on stderr, and with `--json` a document on stdout."""
    if _Mode.json:
        show_json({"schema": "spgc-error/1", **error.as_dict()})
    complain(str(error))


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Show a progress bar with time spent and time left while `items` are worked through."""
    if _Mode.quiet:
        yield from items
    elif sys.stderr.isatty():
        yield from _bar(items, label, total)
    else:
        yield from _lines(items, label, total)


def _bar(items: Iterable[T], label: str, total: int | None) -> Iterator[T]:
    # Every command loads this module, and few show a bar.
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
    )

    class Times(ProgressColumn):
        """Time spent and time left, in words."""

        max_refresh = 0.5

        def render(self, task: Any) -> Text:
            spent = float(task.finished_time if task.finished else task.elapsed or 0.0)
            pace.at(int(task.completed), spent)
            left = None if task.finished or not task.total else pace.left(int(task.total), spent)
            words = "" if left is None else f", {duration(left)} left"
            return Text(f"{duration(spent)}{words}", no_wrap=True)

    pace = TimeLeft()

    class Bar(Progress):
        """A bar, and below it what the work says of itself."""

        def get_renderables(self) -> Iterable[RenderableType]:
            yield from super().get_renderables()
            if status := _status(items):
                yield Text(printable(status), "dim", no_wrap=True, overflow="ellipsis")

    with Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Times(),
        console=stderr(),
    ) as bar:
        yield from bar.track(items, total=total, description=printable(label))


def _lines(items: Iterable[T], label: str, total: int | None) -> Iterator[T]:
    """Progress for a log: one line when a tenth is done, with time left."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    start, shown, pace = time.monotonic(), 0, TimeLeft()
    for done, item in enumerate(items, start=1):
        yield item
        spent = time.monotonic() - start
        pace.at(done, spent)
        tenth = 10 * done // total if total else 0
        if tenth > shown:
            shown = tenth
            left = pace.left(total or done, spent)
            rest = "" if left is None else f", {duration(left)} left"
            status = f" · {_status(items)}" if _status(items) else ""
            say(f"{label}: {done}/{total}, {duration(spent)}{rest}{status}")


def _status(items: object) -> str:
    return items.status() if isinstance(items, Telling) else ""
