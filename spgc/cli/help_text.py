"""Help texts that flow with the terminal's width.

Typer's rich markup keeps every line break of a docstring: at 80 columns lines of 100 end in rags.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class FlowingGroup(TyperGroup):
    """The command line, with the help of all its commands made to flow."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _flow_all(self)


def _flow_all(group: TyperGroup) -> None:
    for command in group.commands.values():
        command.help = flowing(command.help or "")
        if isinstance(command, TyperGroup):
            _flow_all(command)


def flowing(text: str) -> str:
    """The text with each paragraph on one line, but for indented ones, which are examples."""
    return "\n\n".join(
        paragraph if paragraph[:1].isspace() else " ".join(paragraph.splitlines())
        for paragraph in text.split("\n\n")
    )
