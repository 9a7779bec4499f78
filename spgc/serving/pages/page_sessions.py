"""Short sessions of the pages: a browser shows a team's token once and then a random cookie.

The JSON interface takes tokens alone and no cookie. A page can't send a token by itself, and a
token in an address ends up in histories, logs and `Referer`. So a form posts it once, and the
browser then keeps a secret that opens the pages only: no script can read it (`HttpOnly`), no other
site can have sent it (`SameSite=Strict`, and the sender's origin is compared), and it is worth
nothing two hours later, after signing out, after the server was restarted, and once the token is
revoked.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from spgc.serving.page_views import ReceiptView

LIFETIME = 2 * 60 * 60
"""Seconds after which a session ends."""

MOST_OF_A_TEAM = 8
"""Sessions of one team at a time; the oldest one ends when there would be more."""


Said = ReceiptView | int | None
"""What the page after a form says once: the receipt, or which submission is final now."""


@dataclass
class _Session:
    token: str
    ends: float
    said: Said = None


@dataclass
class PageSessions:
    """Who is signed in, by the SHA-256 of the cookie; kept in memory alone.

    The token itself is kept, so that the desk is asked with it again at every request. seconds: a
    clock that never goes back.
    """

    seconds: Callable[[], float] = time.monotonic
    _open: dict[str, _Session] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, token: str) -> str:
        """A new session for the owner of `token`: the secret that its cookie holds."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._forget_ended()
            own = [key for key, one in self._open.items() if one.token == token]
            for key in own[: max(0, len(own) - MOST_OF_A_TEAM + 1)]:
                del self._open[key]
            self._open[_digest(secret)] = _Session(token, self.seconds() + LIFETIME)
        return secret

    def token_of(self, secret: str) -> str | None:
        """What `begin` was given for this secret; None where it is unknown or over."""
        with self._lock:
            found = self._open.get(_digest(secret))
        return found.token if found and found.ends > self.seconds() else None

    def say(self, secret: str, said: Said) -> None:
        """Keep what the next page says."""
        with self._lock:
            if found := self._open.get(_digest(secret)):
                found.said = said

    def said(self, secret: str) -> Said:
        """What was kept, which is over with that."""
        with self._lock:
            found = self._open.get(_digest(secret))
            if found is None:
                return None
            said, found.said = found.said, None
        return said

    def end(self, secret: str) -> None:
        """End the session, if there is one."""
        with self._lock:
            self._open.pop(_digest(secret), None)

    def _forget_ended(self) -> None:
        now = self.seconds()
        for key in [key for key, one in self._open.items() if one.ends <= now]:
            del self._open[key]


def _digest(secret: str) -> str:
    """Secrets are looked up by their hash, so the time that it takes tells nothing about them."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
