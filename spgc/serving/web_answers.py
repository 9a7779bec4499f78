"""Answers of the JSON interface: results, and errors as one line with the validator's words."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from spgc.errors import SpgcError
from spgc.serving.desk import RequestError
from spgc.serving.file_place import StorageError
from spgc.serving.page_views import (
    BoardPart,
    BoardRowView,
    ChallengeView,
    LeftView,
    ReceiptView,
    SentView,
    ServedState,
)
from spgc.serving.submitting import UnreadableFileError

MOST_PROBLEMS = 100
"""Of an unreadable file that an answer lists."""


@dataclass(frozen=True)
class ProblemAnswer:
    """One problem of a file, as `spgc validate --json` says it."""

    kind: str
    severity: str
    what: str
    line: int | None
    case: str | None
    found: str | None
    expected: str | None
    fix: str | None


@dataclass(frozen=True)
class ErrorAnswer:
    """Why a request was not granted; `line` says all of it in one line."""

    schema: str
    error: str
    what: str
    where: str | None
    found: str | None
    expected: str | None
    do: str | None
    line: str
    problems: list[ProblemAnswer]


@dataclass(frozen=True)
class BoardAnswer:
    """One table, as `BoardView`."""

    part: BoardPart
    title: str
    ranks: bool
    rows: list[BoardRowView]
    notes: list[str]


@dataclass(frozen=True)
class BoardsAnswer:
    """All tables that may be shown now."""

    schema: str
    state: ServedState
    boards: list[BoardAnswer]


@dataclass(frozen=True)
class TeamAnswer:
    """A team's own, as `TeamView`."""

    schema: str
    team: str
    submissions: list[SentView]
    left: LeftView
    final: int | None
    chosen: bool
    may_choose: bool


@dataclass(frozen=True)
class ChosenFinal:
    """Which submission is to count."""

    submission: int

    @classmethod
    def body(cls) -> dict[str, Any]:
        """The body of a request, for the OpenAPI document."""
        number = {"type": "integer", "minimum": 1, "maximum": 2**53}
        schema = {
            "type": "object",
            "properties": {"submission": number},
            "required": ["submission"],
            "additionalProperties": False,
        }
        return {"required": True, "content": {"application/json": {"schema": schema}}}


SUBMISSION_BODY = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "maxLength": 262144}}},
    }
}

DescribedAnswers = dict[int | str, dict[str, Any]]


CHALLENGE_ANSWER: DescribedAnswers = {200: {"description": "The challenge", "model": ChallengeView}}
BOARD_ANSWER: DescribedAnswers = {200: {"description": "The tables", "model": BoardsAnswer}}
TEAM_ANSWER: DescribedAnswers = {200: {"description": "The team", "model": TeamAnswer}}
RECEIPT_ANSWER: DescribedAnswers = {201: {"description": "Stored", "model": ReceiptView}}
FILE_ANSWER: DescribedAnswers = {
    200: {
        "description": "The file",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


def failures(*statuses: int) -> DescribedAnswers:
    """Answers of requests that are not granted, for the OpenAPI document."""
    return {
        status: {"description": HTTPStatus(status).phrase, "model": ErrorAnswer}
        for status in statuses
    }


def json_answer(document: Mapping[str, Any], status: int = 200) -> Response:
    """A document as one line of JSON."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text + "\n", status, media_type="application/json")


_CANT_STORE = RequestError("the server can't store now", do="try again later")


def status_of(error: Exception) -> tuple[int, SpgcError]:
    """Status and words of whatever went wrong; a fault of the server's says nothing of itself."""
    if isinstance(error, StorageError):
        return error.status, _CANT_STORE
    if isinstance(error, RequestError):
        return error.status, error
    if isinstance(error, UnreadableFileError):
        return 422, error
    if isinstance(error, HTTPException):
        return error.status_code, RequestError(HTTPStatus(error.status_code).phrase.lower())
    if isinstance(error, RequestValidationError):
        return 422, RequestError("the request is not in the right form")
    if isinstance(error, ClientDisconnect):
        return 400, RequestError("the connection ended before the body did")
    if isinstance(error, sqlite3.Error):
        return 503, _CANT_STORE
    return 500, RequestError("a fault of the server", do="tell the organisers")


def error_json(error: SpgcError, status: int) -> Response:
    """An error as one line of JSON."""
    problems = error.problems[:MOST_PROBLEMS] if isinstance(error, UnreadableFileError) else ()
    document = {
        "schema": "spgc-error/1",
        **error.as_dict(),
        "line": str(error),
        "problems": [one.as_dict() for one in problems],
    }
    return json_answer(document, status)
