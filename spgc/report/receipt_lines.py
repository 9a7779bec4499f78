"""What a leaderboard server said of a submission, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from spgc.text.printable import printable

if TYPE_CHECKING:
    from spgc.submissions.server_receipt import Receipt

_NOTES = 20
"""Notes that are shown: a server may send thousands."""


def receipt_lines(receipt: Receipt) -> Iterator[Text]:
    """Number and what is shown of it, what reading repaired, and what is left of the limits."""
    yield _line(f"{receipt.team}, submission {receipt.number}: {receipt.said}")
    for note in receipt.notes[:_NOTES]:
        yield _line(f"note: {note}")
    if (rest := len(receipt.notes) - _NOTES) > 0:
        yield _line(f"{rest} more notes: spgc submit --json shows them.")
    left = [
        f"{receipt.left[key]} {words}"
        for key, words in (("submissions", "in all"), ("today", "today (UTC)"))
        if receipt.left.get(key) is not None
    ]
    if left:
        yield _line(f"Submissions left: {', '.join(left)}.")


def _line(text: str) -> Text:
    return Text(printable(text))
