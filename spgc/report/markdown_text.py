"""Text of strangers in Markdown: a file's name can't become markup of its own."""

from __future__ import annotations

from spgc.printable import printable


def plain(text: str) -> str:
    """Text that can't become Markdown or HTML of its own."""
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;")):
        text = text.replace(sign, name)
    return printable(text.replace("`", "'").replace("\n", " "))
