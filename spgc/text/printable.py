"""Text from files made safe to print: control, bidirectional and invisible signs written out."""

from __future__ import annotations

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters and marks by their category, that show nothing: fillers, joiners, a blank pattern."""


def printable(text: str) -> str:
    r"""The text on one line, with each sign that shows nothing or moves others written out.

    Control signs (with line ends and ESC), bidirectional overrides, zero-width signs, odd spaces,
    unassigned code points and lone surrogates become escapes as in Python, such as `\x1b`, `\n`
    and `\u202e`. Text that can be printed comes back as it is, with its backslashes.
    """
    if text.isprintable() and _UNSEEN.isdisjoint(text):
        return text
    return "".join(_written(sign) for sign in text)


def _written(sign: str) -> str:
    if sign.isprintable() and sign not in _UNSEEN:
        return sign
    return sign.encode("unicode_escape", "backslashreplace").decode("ascii")
