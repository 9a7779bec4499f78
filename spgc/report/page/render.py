"""Rendering HTML templates: everything escaped, everything inline, nothing fetched."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

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

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **content: Any) -> str:
    """The page that `template` makes of `content`; text in it is escaped, whatever it holds."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
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
    page = environment.get_template(template).render(**content)
    # What hides, turns the line or can't be encoded is no part of the templates.
    return "\n".join(map(printable, page.split("\n")))


def embedded(content: bytes, kind: str = "image/png") -> str:
    """A picture as a `data:` address."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def from_markdown(text: str) -> str:
    """Markdown to HTML; markup inside the text stays text."""
    from markdown_it import MarkdownIt

    shown = without_comments(text)
    found: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(shown)
    return found
