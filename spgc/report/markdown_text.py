"""Escaping text for Markdown: a file's name can't become markup."""

from __future__ import annotations

import re

from spgc.text.printable import printable


def plain(text: str) -> str:
    """Text that can't become Markdown or HTML of its own."""
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        text = text.replace(sign, name)
    return printable(text.replace("`", "'").replace("\n", " "))


def literal(text: str) -> str:
    """Text that Markdown shows as it stands: a team's name is no HTML, link or code."""
    return re.sub(r"[`\[]", r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;"))
