"""The cookie of a page's session."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from spgc.serving.pages.page_sessions import LIFETIME

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def cookie_name(request: Request) -> str:
    """`__Host-` keeps other hosts of a domain from setting it; browsers want TLS for that."""
    return "__Host-spgc-team" if request.url.scheme == "https" else "spgc-team"


def session_secret(request: Request) -> str:
    """What the browser sent; nothing where it has no session."""
    return request.cookies.get(cookie_name(request), "")


def keep_session(request: Request, response: Response, secret: str) -> None:
    """Give the browser a session: for this host alone, out of reach of scripts and other sites."""
    response.set_cookie(
        cookie_name(request),
        secret,
        max_age=LIFETIME,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def drop_session(request: Request, response: Response) -> None:
    """Take the cookie back.

    Starlette's own `delete_cookie` writes the time of now, by which refusals would differ.
    """
    response.set_cookie(
        cookie_name(request),
        max_age=0,
        expires=_LONG_AGO,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
