"""When two names of a case are the same name."""

from __future__ import annotations

import unicodedata


def same_name_form(text: str) -> str:
    """The form in which names of cases are compared: Unicode NFC, and nothing else.

    A Mac stores "José" with the accent as a sign of its own, a keyboard types it as one letter.
    """
    return unicodedata.normalize("NFC", text)
