"""What all figures have in common: how they are written, and what they say of their data."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.files import write_bytes
from spgc.printable import printable
from spgc.scoring.group import SYNTHETIC

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOT_FOR_DIAGNOSIS = "Research software, not for diagnosis."

KINDS = ("png", "svg")
"""A picture for screens and one for print."""


def synthetic_mark(synthetic: bool, model: bool = False) -> str:
    """The first line of a figure that shows phantoms, or what a `model` of phantoms says."""
    if synthetic:
        return f"{SYNTHETIC} phantoms: nothing here is clinical"
    return f"{SYNTHETIC} model, trained on phantoms: nothing here is clinical" if model else ""


def verbatim(name: str) -> str:
    """A name of the user's as matplotlib shows it letter by letter: it takes `$` for formulas."""
    return printable(name).replace("$", r"\$")


def write_figure(figure: Figure, path: Path) -> list[Path]:
    """Write a figure as PNG and SVG, `path` being their name without an ending; return the paths.

    The same figure gives the same bytes: there is no date in it and its parts' names are fixed.
    """
    from matplotlib import rc_context

    written = []
    for kind in KINDS:
        content = BytesIO()
        with rc_context({"svg.hashsalt": "spgc"}):
            figure.savefig(content, format=kind, metadata={"Date": None} if kind == "svg" else None)
        written.append(path.with_name(f"{path.name}.{kind}"))
        write_bytes(written[-1], content.getvalue())
    return written
