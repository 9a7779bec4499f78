"""The Unicode form in which names are compared (NFC), in bounded time."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

MOST_MARKS = 30
"""Marks on one letter. No language needs more (UAX #15, Stream-Safe Text Format)."""

_MARKED = range(0x300, 0x1F000)
"""Code points among which all marks lie that Unicode puts into an order of their own."""


def composed(text: str) -> str:
    """The text in Unicode NFC: letters are the same however they were typed.

    More than `MOST_MARKS` marks on one letter stay as they are. Python puts marks into order in a
    time that grows by the square of their number: a minute for a cell of 100 KB, in which nothing
    else runs and Ctrl-C is not heard.
    """
    if text.isascii():
        return text
    if len(text) <= MOST_MARKS or _marks().isdisjoint(text):
        return unicodedata.normalize("NFC", text)
    parts = _long_runs().split(text)
    parts[::2] = [unicodedata.normalize("NFC", part) for part in parts[::2]]
    return "".join(parts)


@lru_cache(maxsize=1)
def _marks() -> frozenset[str]:
    return frozenset(sign for sign in map(chr, _MARKED) if _is_mark(sign))


@lru_cache(maxsize=1)
def _long_runs() -> re.Pattern[str]:
    return re.compile(f"([{''.join(sorted(_marks()))}]{{{MOST_MARKS + 1},}})")


def _is_mark(sign: str) -> bool:
    """Whether Unicode orders it among marks, be it in parts (three signs of Tibetan)."""
    parts = unicodedata.decomposition(sign).split(" ")[0]
    first = chr(int(parts, 16)) if parts and not parts.startswith("<") else sign
    return unicodedata.combining(first) > 0
