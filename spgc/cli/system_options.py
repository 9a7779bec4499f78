"""Options of a challenge system as flags of a command, which knows none of them itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from spgc.cli import completions, console
from spgc.contract.flags import Flag
from spgc.errors import SpgcError
from spgc.text.printable import printable

_PREFIX = "of_system_"


class SystemCommand(TyperCommand):
    """A command that takes its system's options as flags, and passes them on as `--option`.

    A flag that the command has itself keeps the command's meaning.
    """

    def system_flags(self, own: Mapping[str, Any]) -> tuple[str, Sequence[Flag]]:
        """Name and flags of the system that the command's own options, by name, are about."""
        raise NotImplementedError

    def get_params(self, ctx: Any) -> list[Any]:
        return [*super().get_params(ctx), *ctx.meta.get(_PREFIX, ())]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = self._own_options(ctx, args)
        console.set_mode(quiet=bool(own["quiet"]), json_out=bool(own["json_out"]))
        name, flags = self._known_flags(ctx, own, lenient=ctx.resilient_parsing)
        ctx.meta[_PREFIX] = _click_options(flags, f"Options of {name}")
        with _naming(name):
            rest = super().parse_args(ctx, args)
        given = {flag.option: ctx.params.pop(_PREFIX + flag.option, None) for flag in flags}
        ctx.params["option"] = [*(ctx.params.get("option") or ()), *_pairs(given)]
        return rest

    def _known_flags(
        self, context: Any, own: Mapping[str, Any], *, lenient: bool
    ) -> tuple[str, list[Flag]]:
        """The system's flags but for those that the command has itself.

        lenient: none, instead of an error, where there is no such system.
        """
        try:
            name, flags = self.system_flags(own)
        except SpgcError:
            if lenient:  # a shell that completes a line
                return "", []
            raise
        taken = {word for one in self.params for word in (*one.opts, *one.secondary_opts)}
        free = {f.spelled: f for f in reversed(flags) if f.spelled not in taken}
        for word in self.get_help_option_names(context):
            free.pop(word, None)
        return name, [flag for flag in flags if free.get(flag.spelled) is flag]

    def _own_options(self, context: Any, words: Sequence[str]) -> dict[str, Any]:
        """Values of the command's own options, while its system's are not known yet."""
        parser = self.make_parser(context)
        parser.ignore_unknown_options = True
        careful, context.resilient_parsing = context.resilient_parsing, True  # errors come later
        try:
            found, _, _ = parser.parse_args(list(words))
        finally:
            context.resilient_parsing = careful
        return {str(p.name): p.consume_value(context, found)[0] for p in self.params}


@contextmanager
def _naming(system: str) -> Iterator[None]:
    """An option like no other is none of that system either, which may be the surprise."""
    try:
        yield
    except Exception as error:
        # typer brings click as a private package
        if type(error).__name__ == "NoSuchOption" and not getattr(error, "possibilities", None):
            error.message = f"{error.message}; system {system} has none of that name"  # type: ignore[attr-defined]
        raise


def _pairs(given: Mapping[str, Sequence[str] | bool | None]) -> list[str]:
    """`name=value` for each time that an option was given."""
    return [
        f"{option}={value}"
        for option, values in given.items()
        for value in (["true"] * values if isinstance(values, bool) else values or ())
    ]


def _click_options(flags: Sequence[Flag], panel: str) -> list[Any]:
    """What typer makes of a function that has these flags as its parameters."""

    def function(**_: Any) -> None:
        pass

    made = [_parameter(flag, panel) for flag in flags]
    function.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]
    function.__annotations__ = {one.name: one.annotation for one in made}
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return list(typer.main.get_command(app).params)


def _parameter(flag: Flag, panel: str) -> inspect.Parameter:
    option = typer.Option(
        flag.spelled,
        metavar="" if flag.switch else "VALUE",
        help=printable(flag.help),
        show_default=printable(flag.default) or False,
        rich_help_panel=panel,
        autocompletion=completions.of_system(flag.option),
    )
    return inspect.Parameter(
        _PREFIX + flag.option,
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[bool if flag.switch else list[str] | None, option],
        default=False if flag.switch else None,
    )
