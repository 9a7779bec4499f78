"""Help texts that flow with the terminal's width, and errors of usage that can be printed.

Typer's rich markup keeps every line break of a docstring: at 80 columns lines of 100 end in rags.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from typer.core import TyperArgument, TyperGroup

from spgc.text.printable import printable


class FlowingGroup(TyperGroup):
    """The command line, with the help of all its commands made to flow."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        flow(self)

    def get_params(self, ctx: Any) -> list[Any]:
        params = super().get_params(ctx)
        for param in params:  # typer adds those of shell completion late
            _name_value(param)
        return list(params)

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
    for param in command.params:
        _name_value(param)
    _plain_help_option(command)
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            flow(below)


VALUES = {int: "NUMBER", float: "NUMBER", str: "TEXT", Path: "PATH"}
"""What stands for a value in the help, by its type; a switch takes none."""

PLURALS = {"files": "FILE", "folders": "FOLDER", "names": "FIGURE", "tables": "TABLE"}


def _name_value(param: Any) -> None:
    """Name what a parameter takes, where neither its author nor its choices do."""
    argument = isinstance(param, TyperArgument)
    kind = getattr(param, "type_descriptor", None)
    if kind is None or kind.is_choice:
        return
    if argument:
        param.metavar = param.metavar or PLURALS.get(param.name, str(param.name).upper())
        param.display_type = _nothing
    elif param.metavar is None:
        taken = next(iter(get_args(kind.annotation)), kind.annotation)
        param.metavar = "" if param.is_flag else VALUES.get(taken)


def _nothing(_: Any) -> str:
    return ""


def _plain_help_option(command: Any) -> None:
    """`--help` is a switch like the others; typer makes it when it is first asked for."""
    made = command.get_help_option

    def plain(context: Any) -> Any:
        option = made(context)
        if option is not None:
            _name_value(option)
        return option

    command.get_help_option = plain


def flowing(text: str) -> str:
    """The text with each paragraph on one line, but for indented ones, which are examples."""
    return "\n\n".join(
        paragraph if paragraph[:1].isspace() else " ".join(paragraph.splitlines())
        for paragraph in text.split("\n\n")
    )
