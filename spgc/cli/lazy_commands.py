"""Commands that are imported when they are asked for; `spgc --help` lists them without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand

from spgc.cli import console
from spgc.cli.given_once import refuse_given_twice
from spgc.cli.help_text import FlowingGroup, flow
from spgc.errors import MissingExtraError
from spgc.jobs.extras import explained, need


@dataclass(frozen=True)
class Needs:
    """Extras that a command can't do without, and what to install when one of them is missing."""

    extras: tuple[str, ...] = ()
    install: str | None = None


@dataclass(frozen=True)
class ListedCommand:
    """A command as `spgc --help` lists it: `help` is the first paragraph of its own help.

    It stands in `spgc/cli/NAME_command.py`: a function NAME, or `commands` where some are below it.
    The module's `COMMAND_CLASS`, if it has one, is the class that parses for the function.
    """

    name: str
    panel: str
    help: str
    needs: Needs = Needs()


class LazyCommand(TyperCommand):
    """A command of which no more is known than its line in the list, until it is called."""

    def __init__(self, listed: ListedCommand) -> None:
        self.needs = listed.needs
        super().__init__(
            listed.name, help=listed.help, rich_help_panel=listed.panel, rich_markup_mode="rich"
        )

    def loaded(self) -> Any:
        """The command itself, imported. Raises MissingExtraError where it can't be."""
        name = str(self.name)
        try:
            module = import_module(f"spgc.cli.{name}_command")
        except (MissingExtraError, ModuleNotFoundError):
            self._check()  # knows all that the command needs, where one import names a part
            raise
        command = typer.main.get_command(getattr(module, "commands", None) or _app_of(module, name))
        command.name = name
        flow(command)
        refuse_given_twice(command)
        return command

    def make_context(self, *words: Any, **options: Any) -> Any:
        console.begin(str(self.name))
        context = self.loaded().make_context(*words, **options)  # --help has been shown by now
        console.begin(str(self.name), context)
        self._check()
        return context

    def _check(self) -> None:
        need(*self.needs.extras, install=self.needs.install)


def _app_of(module: ModuleType, name: str) -> typer.Typer:
    app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
    app.command(name, cls=getattr(module, "COMMAND_CLASS", None))(getattr(module, name))
    return app


class CommandList(FlowingGroup):
    """A group of the commands in `listed`, each imported when it is asked for."""

    listed: ClassVar[Sequence[ListedCommand]] = ()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for one in self.listed:
            self.add_command(LazyCommand(one))

    def invoke(self, context: Any) -> Any:
        try:
            return super().invoke(context)
        except ModuleNotFoundError as error:
            raise explained(error) or error from None


def whole_group(app: typer.Typer) -> Any:
    """The group of `app` with every command imported, for whoever walks through all of them."""
    group = typer.main.get_group(app)
    for name, command in group.commands.items():
        group.commands[name] = command.loaded() if isinstance(command, LazyCommand) else command
    return group
