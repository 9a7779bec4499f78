"""Help texts that flow with the terminal's width, and errors of usage that can be printed.

Typer's rich markup keeps every line break of a docstring: at 80 columns lines of 100 end in rags.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.core import TyperGroup

from spgc.text.printable import printable


class FlowingGroup(TyperGroup):
    """The command line, with the help of all its commands made to flow."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for command in self.commands.values():
            flow(command)

    def make_context(self, *words: Any, **options: Any) -> Any:
        with _printable_errors():
            return super().make_context(*words, **options)

    def invoke(self, context: Any) -> Any:
        with _printable_errors():
            return super().invoke(context)


@contextmanager
def _printable_errors() -> Iterator[None]:
    """Errors of usage quote what was typed or put together by a script: make it printable."""
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = "\n".join(map(printable, message.split("\n")))  # type: ignore[attr-defined]
        raise


def flow(command: Any) -> None:
    """Make the help of a command flow, and of those below it."""
    command.help = flowing(command.help or "")
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            flow(below)


def flowing(text: str) -> str:
    """The text with each paragraph on one line, but for indented ones, which are examples."""
    return "\n\n".join(
        paragraph if paragraph[:1].isspace() else " ".join(paragraph.splitlines())
        for paragraph in text.split("\n\n")
    )
