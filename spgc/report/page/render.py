"""Rendering HTML templates: everything escaped, everything inline, nothing fetched."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.scoring.printed import hits, percent, percent_range, whole_range
from spgc.text.markdown import without_comments
from spgc.text.printable import printable
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import (
    SYNTHETIC,
    SYNTHETIC_BOARD,
    SYNTHETIC_DATA,
    SYNTHETIC_MODEL,
    SYNTHETIC_ROW,
)

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, folder: Path = TEMPLATES, **content: Any) -> str:
    """The page that `template` makes of `content`; text in it is escaped, whatever it holds.

    folder: where it lies; templates of the report can be used from any.
    """
    page = _environment(folder).get_template(template).render(**content)
    # What hides, turns the line or can't be encoded is no part of the templates.
    return "\n".join(map(printable, page.split("\n")))


@lru_cache(maxsize=4)
def _environment(folder: Path) -> Environment:
    """How the templates of a folder are read: once each, as a server needs it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "hits": hits,
        "percent": percent,
        "percent_range": percent_range,
        "whole_range": whole_range,
        "embedded": embedded,
    }
    environment.globals |= {
        "purpose": PURPOSE,
        "synthetic_mark": SYNTHETIC,
        "synthetic_data": SYNTHETIC_DATA,
        "synthetic_model": SYNTHETIC_MODEL,
        "synthetic_board": SYNTHETIC_BOARD,
        "synthetic_row": SYNTHETIC_ROW,
    }
    return environment


def embedded(content: bytes, kind: str = "image/png") -> str:
    """A picture as a `data:` address."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def from_markdown(text: str) -> str:
    """Markdown to HTML; markup inside the text stays text."""
    from markdown_it import MarkdownIt

    shown = without_comments(text)
    found: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(shown)
    return found
