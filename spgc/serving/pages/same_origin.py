"""Was a form sent by a page of this server? Nothing is changed for any other sender.

The cookie's `SameSite=Strict` is the first guard. It ignores ports, though, and on one machine
several programs serve pages as `localhost`; so the sender's origin has to be this one exactly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PORTS = {"http": 80, "https": 443}

_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
"""Scheme, host and port, and nothing beside them."""


def own_origin(scheme: str, host: str) -> tuple[str, str, int] | None:
    """Scheme, host and port that a request was sent to; None for a `Host` that is none."""
    return origin_of(f"{scheme}://{host}") if host else None


def origin_of(address: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin; None for what is none, such as `null`."""
    found = _ORIGIN.fullmatch(address.lower())
    if found is None:
        return None
    scheme, host, port = found.groups()
    return scheme, host, int(port or _PORTS[scheme])


def sent_from_here(scheme: str, headers: Mapping[str, str]) -> bool:
    """Whether a page of this very origin sent the request.

    Browsers name the origin of every form that is posted. One that names none has to say by
    `Sec-Fetch-Site`, which no page can set, that it was this one.
    """
    own = own_origin(scheme, headers.get("host", ""))
    if own is None:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        return False
    if (origin := headers.get("origin")) is not None:
        return origin_of(origin) == own
    return site == "same-origin"
