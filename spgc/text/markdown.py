"""Text of strangers in Markdown: it is shown as it stands and becomes no markup of its own.

Written for GitHub's Markdown, which links addresses, mentions people, and draws emoji and formulas
beyond CommonMark (https://github.github.com/gfm/). Those are found in what Markdown has rendered,
where an escaped sign is a plain one again: only an empty comment within them keeps them apart.
"""

from __future__ import annotations

import re

from spgc.text.printable import printable

APART = "<!---->"
"""An empty comment: nothing is seen of it, and what stands around it is no longer one word."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}

_MARKUP = re.compile(
    r"""
    (?P<entity> [&<>|] )
    | (?P<escape>
        [`\[~]
        | \\(?=[!-/:-@\[-`{-~]|$)         # before a sign that it would escape
        | (?<=\S)\*|\*(?=\S)
        | (?<![^\W_])_|_(?![^\W_])        # within a word it is only a sign
    )
    | (?P<apart>
        @(?=\w)                          # @user, me@example.org
        | \#(?=\w)                       # #1
        | (?<![^\W_])GH(?=-\d)           # GH-1
        | www(?=\.)
        | :(?=[\w+-]+:)                  # :smile:
        | (?:https?|ftp):/(?=/)
        | \$                             # $x$, looked for before escapes are read, and after
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)

_BEGINS = re.compile(r"[-+*=#](?!<)|\d{1,9}(?=[.)])")
"""What would begin a list, a heading or a line at the start of a block."""


def plain(text: str) -> str:
    """Text within a line or a table's cell."""
    return _MARKUP.sub(_harmless, printable(text))


def _harmless(found: re.Match[str]) -> str:
    if found["entity"]:
        return _ENTITIES[found[0]]
    return f"\\{found[0]}" if found["escape"] else found[0].replace("$", "&#36;") + APART


def item(text: str) -> str:
    """Text as an item of a list: `- ` and the text, which begins no block of its own."""
    shown = plain(text.strip())
    found = _BEGINS.match(shown)
    if found is None:
        return f"- {shown}"
    number = found[0] if found[0].isdigit() else ""
    return f"- {number}\\{shown[len(number) :]}"


def code(text: str) -> str:
    """Text as a code span, whatever backticks it holds; a bar in it is for the table to escape."""
    shown = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    room = " " if shown[:1] in ("`", " ", "") or shown[-1:] in ("`", " ") else ""
    return f"{fence}{room}{shown}{room}{fence}"


def without_comments(text: str) -> str:
    """The same for a reader that links and mentions nothing, and would show the comments."""
    return text.replace(APART, "")
