"""What browsers keep of a page; `SecureHeaders` adds what all answers have."""

from __future__ import annotations

# Not `no-referrer`: browsers then give forms the origin `null`, and none could be sent.
_ORIGIN = {"Referrer-Policy": "same-origin"}

PRIVATE = {**_ORIGIN, "Cache-Control": "no-store", "Vary": "Cookie"}
"""Of a team's own pages and of every answer to a form: kept nowhere, not even by going back."""

PUBLIC = {**_ORIGIN, "Cache-Control": "no-cache"}
"""Of the board and the challenge: may be kept, but is asked for anew each time."""

FIXED = {"Cache-Control": "public, max-age=31536000, immutable"}
"""Of style and script, whose addresses hold the hash of what they are."""
