"""The web application: routes of the JSON interface and of the pages over one desk."""

from __future__ import annotations

import sqlite3
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import Response

from spgc.errors import SpgcError
from spgc.serving.desk import Desk, RequestError, TokenError
from spgc.serving.pages.page_routes import error_page, page_routes
from spgc.serving.request_body import csv_body, submission_number
from spgc.serving.response_headers import HEADERS, SecureHeaders
from spgc.serving.web_answers import (
    BOARD_ANSWER,
    CHALLENGE_ANSWER,
    FILE_ANSWER,
    RECEIPT_ANSWER,
    SUBMISSION_BODY,
    TEAM_ANSWER,
    ChosenFinal,
    error_json,
    failures,
    json_answer,
    status_of,
)
from spgc.version import __version__

API = "/api"
"""Begin of every address that answers in JSON; the others are pages."""

FAILURES = (
    SpgcError,
    HTTPException,
    RequestValidationError,
    ClientDisconnect,
    sqlite3.Error,
    Exception,
)
"""What is answered; the last one is a fault of the server's."""


class _OneBearer(HTTPBearer):
    """The token of a request; proxies and servers differ in which of two headers they take."""

    async def __call__(self, request: HTTPConnection) -> HTTPAuthorizationCredentials | None:
        """None where no token was sent. Raises TokenError for more than one header."""
        if len(request.headers.getlist("authorization")) > 1:
            raise TokenError("more than one Authorization header was sent", do="send one")
        return await super().__call__(request)


_bearer = _OneBearer(auto_error=False, scheme_name="HTTPBearer", description="The token of a team")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def make_app(desk: Desk) -> FastAPI:
    """The application that answers for `desk`; it holds no state of its own.

    Pages come from `page_routes`. Styles and scripts have to be files of their own: the
    `Content-Security-Policy` allows none that stand in a page.
    """
    app = FastAPI(
        title="spgc leaderboard",
        version=__version__,
        description="A leaderboard with hidden labels.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API}/openapi.json",
        redirect_slashes=False,
    )
    app.add_middleware(SecureHeaders)
    _public_routes(app, desk)
    _team_routes(app, desk)
    app.router.routes.extend(page_routes(desk))
    for kind in FAILURES:
        app.add_exception_handler(kind, _failed)
    return app


def _public_routes(app: FastAPI, desk: Desk) -> None:
    """What everybody may ask."""

    @app.get(f"{API}/challenge", responses=CHALLENGE_ANSWER)
    def challenge() -> Response:
        """The challenge: classes, sets, limits, what is shown, and whether it is open."""
        return json_answer(desk.challenge().as_dict())

    @app.get(f"{API}/board", responses=BOARD_ANSWER)
    def board() -> Response:
        """The tables that may be shown now."""
        made = desk.boards()
        state = desk.challenge().state
        document = {"state": state, "boards": [one.as_dict() for one in made]}
        return json_answer({"schema": "spgc-served-boards/1", **document})

    @app.get(f"{API}/files/{{name}}", responses=FILE_ANSWER | failures(404))
    def file(name: Annotated[str, Path(max_length=200)]) -> Response:
        """A file for participants, such as challenge.toml."""
        content = desk.file(name)
        return Response(
            content,
            media_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": "attachment"},
        )


def _team_routes(app: FastAPI, desk: Desk) -> None:
    """What teams may ask, each with its token."""

    @app.get(f"{API}/team", responses=TEAM_ANSWER | failures(401))
    def team(credentials: Credentials) -> Response:
        """The team's submissions, what is left of its limits, and its final answer."""
        return json_answer(desk.team(_token(credentials)).as_dict())

    @app.post(
        f"{API}/submissions",
        status_code=201,
        responses=RECEIPT_ANSWER | failures(401, 403, 408, 409, 413, 415, 422, 429),
        openapi_extra=SUBMISSION_BODY,
    )
    async def submit(request: Request, credentials: Credentials) -> Response:
        """Send a submission: the bytes of one CSV file, 256 KB at most."""
        token = _token(credentials)
        await run_in_threadpool(desk.team, token)  # no stranger sends a body
        content = await csv_body(request)
        made = await run_in_threadpool(desk.submit, token, content)
        return json_answer(made.as_dict(), 201)

    @app.put(
        f"{API}/team/final",
        responses=TEAM_ANSWER | failures(400, 401, 404, 408, 413, 415, 422, 429),
        openapi_extra={"requestBody": ChosenFinal.body()},
    )
    async def final(request: Request, credentials: Credentials) -> Response:
        """Make one of the team's submissions its final answer."""
        token = _token(credentials)
        await run_in_threadpool(desk.team, token)
        number = await submission_number(request)
        return json_answer((await run_in_threadpool(desk.choose, token, number)).as_dict())


def _token(credentials: HTTPAuthorizationCredentials | None) -> str:
    """What was sent as a token. Raises TokenError where none was."""
    if credentials is None:
        raise TokenError("no token was sent", do="send it as a header: Authorization: Bearer TOKEN")
    return credentials.credentials


async def _failed(request: Request, error: Exception) -> Response:
    """The answer to a request that failed: one line of JSON, or a page outside the interface."""
    status, known = status_of(error)
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, TokenError) else {}
    if isinstance(error, RequestError) and error.retry is not None:
        headers["Retry-After"] = str(error.retry)
    if isinstance(error, HTTPException):
        headers |= dict(error.headers or {})
    path = request.url.path
    if path == API or path.startswith(f"{API}/"):
        made: Response = error_json(known, status)
    else:
        made = error_page(request, status, known)
    for name, value in HEADERS.items():  # those of a fault pass by `SecureHeaders`
        made.headers.setdefault(name, value)
    made.headers.update(headers)
    return made
