"""Which addresses show a page."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from spgc.errors import SpgcError
from spgc.serving.desk import Desk


def page_routes(desk: Desk) -> Sequence[BaseRoute]:
    """The routes of all pages and of what they load; none of them begins with `/api`."""
    return ()


def error_page(request: Request, status: int, error: SpgcError) -> Response:
    """What a browser gets where an address outside `/api` can't be answered."""
    return PlainTextResponse(f"{error}\n", status)
