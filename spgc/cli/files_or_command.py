"""A command that takes files of its own, or the name of a command below it."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from spgc.cli.help_text import FlowingGroup


class FilesOrCommand(FlowingGroup):
    """A group whose first word is one of its commands, or the first of the files in `args`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = list(args)
        super().parse_args(ctx, args)
        first = ctx._protected_args[:1]
        if not first or first[0] in self.commands:
            return list(ctx.args)
        ctx.allow_interspersed_args, ctx._protected_args = True, []
        ctx.params.clear()
        return list(TyperCommand.parse_args(self, ctx, words))
