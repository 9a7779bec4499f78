"""Which addresses show a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from spgc.errors import SpgcError
from spgc.serving.desk import Desk
from spgc.serving.pages.kept_page import KeptPage
from spgc.serving.pages.page_assets import assets
from spgc.serving.pages.page_headers import FIXED, PRIVATE, PUBLIC
from spgc.serving.pages.same_origin import own_origin
from spgc.serving.pages.site_pages import (
    board_csv,
    problem_page,
    take_part_page,
)
from spgc.serving.pages.team_forms import TeamForms, problems_of


def page_routes(desk: Desk) -> Sequence[BaseRoute]:
    """The routes of all pages and of what they load; none of them begins with `/api`."""
    own, kept = TeamForms(desk), KeptPage(desk)

    def board(request: Request) -> Response:
        return HTMLResponse(kept.text(), headers=PUBLIC)

    def board_table(request: Request) -> Response:
        headers = {**PUBLIC, "Content-Disposition": 'attachment; filename="leaderboard.csv"'}
        return Response(board_csv(desk.boards()), headers=headers, media_type="text/csv")

    def challenge(request: Request) -> Response:
        host = request.headers.get("host", "")
        named = own_origin(request.url.scheme, host) is not None
        server = f"{request.url.scheme}://{host}" if named else "ADDRESS"
        return HTMLResponse(take_part_page(desk.challenge(), server), headers=PUBLIC)

    return (
        Route("/", board),
        Route("/board.csv", board_table),
        Route("/challenge", challenge),
        Route("/team", own.show),
        Route("/team/sign-in", own.sign_in, methods=["POST"]),
        Route("/team/sign-out", own.sign_out, methods=["POST"]),
        Route("/team/submissions", own.submit, methods=["POST"]),
        Route("/team/final", own.choose, methods=["POST"]),
        *(Route(one.address, _sent(one.content, one.kind)) for one in assets().values()),
    )


def _sent(content: bytes, kind: str) -> Callable[[Request], Response]:
    """The answer that is the same for everybody and for ever."""

    def answer(request: Request) -> Response:
        return Response(content, headers=FIXED, media_type=kind)

    return answer


def error_page(request: Request, status: int, error: SpgcError) -> Response:
    """What a browser gets where an address outside `/api` can't be answered."""
    phrases = {one.value: one.phrase for one in HTTPStatus}
    heading = f"{status}: {phrases.get(status, 'no answer')}"
    return HTMLResponse(problem_page(heading, problems_of(error)), status, headers=PRIVATE)
