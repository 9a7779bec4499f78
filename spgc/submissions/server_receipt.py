"""A leaderboard server's receipt for a submission, each part taken as what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spgc.files.json_documents import is_writable, parse_json


@dataclass(frozen=True)
class Receipt:
    """What the server said of a submission that it stored."""

    document: Mapping[str, Any]

    @property
    def team(self) -> str:
        return str(self.document["team"])

    @property
    def number(self) -> int:
        return int(self.document["submission"]["number"])

    @property
    def said(self) -> str:
        """What is shown of it, as one sentence."""
        return str(self.document["submission"]["shown"]["said"])

    @property
    def notes(self) -> list[str]:
        """What the server's reading repaired or remarked."""
        return [str(note) for note in self.document["notes"]]

    @property
    def left(self) -> Mapping[str, Any]:
        """What is left of the team's limits: `submissions`, `today`, `invalid`, `day_ends`."""
        found: Mapping[str, Any] = self.document["left"]
        return found


def receipt_of(content: bytes) -> Receipt:
    """The receipt in a server's answer.

    Raises ValueError for anything else, be it JSON with numbers that no other program reads.
    """
    document = parse_json(content)
    if not is_writable(document) or not _has_parts(document):
        raise ValueError("no receipt")
    return Receipt(document)


def _has_parts(document: Any) -> bool:
    """Whether the parts that are shown are there, and are texts and whole numbers."""
    try:
        sent, notes, left = document["submission"], document["notes"], document["left"]
        texts = [document["team"], sent["shown"]["said"], *notes]
        limits = [left[key] for key in ("submissions", "today", "invalid")]
        return (
            type(sent["number"]) is int
            and isinstance(notes, list)
            and all(isinstance(text, str) for text in texts)
            and all(limit is None or type(limit) is int for limit in limits)
        )
    except (TypeError, KeyError):
        return False
