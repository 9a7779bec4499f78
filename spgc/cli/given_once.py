"""Options that can be given once: a second one is refused, where parsers take the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from typer.core import TyperGroup

from spgc.cli import console
from spgc.errors import UsageError


def refuse_given_twice(command: Any) -> None:
    """Make a command, and those below it, refuse what is given twice.

    Options that may be given several times and plain switches, of which a second says the same, are
    left as they are.
    """
    make = command.make_parser

    def make_parser(context: Any) -> Any:
        parser = make(context)
        parse, completing = parser.parse_args, context.resilient_parsing

        def parse_args(args: list[str]) -> Any:
            values, rest, order = parse(args=args)
            if not completing:  # a line in a shell
                _check(values, order)
            return values, rest, order

        parser.parse_args = parse_args
        return parser

    command.make_parser = make_parser
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            refuse_given_twice(below)


def _check(values: Mapping[str, Any], order: Sequence[Any]) -> None:
    """Raise UsageError for a parameter that stands twice in the `order` they were given in."""
    seen = set()
    for one in order:
        many = getattr(one, "multiple", False) or getattr(one, "count", False)
        switch = getattr(one, "is_flag", False) and not one.secondary_opts
        if one.name in seen and not (many or switch):
            console.set_mode(quiet=bool(values.get("quiet")), json_out=bool(values.get("json_out")))
            raise UsageError(
                f"option {max(one.opts, key=len)} given twice",
                expected="each option once",
                do="leave one of them out",
            )
        seen.add(one.name)
