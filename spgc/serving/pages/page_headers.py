"""Headers of every page: what a browser may load, keep and tell others."""

from __future__ import annotations

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere, in no other page's frame."""

_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Not `no-referrer`: browsers then give forms the origin `null`, and none could be sent.
    "Referrer-Policy": "same-origin",
}

PRIVATE = {**_ALWAYS, "Cache-Control": "no-store", "Vary": "Cookie"}
"""Of a team's own pages and of every answer to a form: kept nowhere, not even by going back."""

PUBLIC = {**_ALWAYS, "Cache-Control": "no-cache"}
"""Of the board and the challenge: may be kept, but is asked for anew each time."""

FIXED = {**_ALWAYS, "Cache-Control": "public, max-age=31536000, immutable"}
"""Of style and script, whose addresses hold the hash of what they are."""
