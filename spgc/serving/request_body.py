"""Bodies of requests, read up to a limit whatever their headers say of them."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from spgc.files.json_documents import parse_json
from spgc.serving.desk import RequestError

MAX_SUBMISSION = 256 * 1024
"""Bytes of a submission: all 437 cases of SPGC with probabilities take 20 KB."""

MAX_CHOICE = 1024

MAX_NUMBER = 2**53

BODY_SECONDS = 30.0
"""How long a client may take to send a body."""


class TooLargeError(RequestError):
    """A body is longer than what it should hold may be."""

    status = 413


class TooSlowError(RequestError):
    """A body did not come in time."""

    status = 408


class WrongTypeError(RequestError):
    """A body is of another kind than is taken here."""

    status = 415


async def csv_body(request: Request) -> bytes:
    """The bytes of a submission. Raises WrongTypeError, TooLargeError, TooSlowError."""
    check_type(request, "text/csv")
    return await bounded_body(request, MAX_SUBMISSION)


async def submission_number(request: Request) -> int:
    """The number in `{"submission": 7}`. Raises as `csv_body`, and RequestError for another one."""
    check_type(request, "application/json")
    content = await bounded_body(request, MAX_CHOICE)
    try:
        document = parse_json(content)
        number = document["submission"] if list(document) == ["submission"] else None
    except (ValueError, TypeError):
        number = None
    if type(number) is not int or not 1 <= number <= MAX_NUMBER:
        raise RequestError("no number of a submission", expected='{"submission": 7}')
    return number


def check_type(request: Request, wanted: str) -> None:
    """Raise WrongTypeError for a body of another media type, and for a packed one."""
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != wanted:
        raise WrongTypeError(
            "a body of another kind than is taken here",
            found=repr(given[:100]),
            expected=f"Content-Type: {wanted}",
        )
    coding = request.headers.get("content-encoding", "identity")
    if coding.strip().lower() != "identity":
        raise WrongTypeError(
            "a packed body: nothing is unpacked here",
            found=f"Content-Encoding: {coding[:100]}",
            expected="the bytes of the file as they are",
        )


async def bounded_body(request: Request, most: int) -> bytes:
    """The whole body; no more than `most` bytes and a chunk are ever held.

    Raises TooLargeError, TooSlowError, and RequestError where the connection ends.
    """
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:20]) > most:
        raise too_large(most)
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise too_large(most)
                parts.append(chunk)
    except TimeoutError as error:
        raise TooSlowError(
            "the body did not come in time", expected=f"{BODY_SECONDS:.0f} s at most"
        ) from error
    except ClientDisconnect as error:
        raise RequestError("the connection ended before the body did") from error
    return b"".join(parts)


def too_large(most: int) -> TooLargeError:
    """The error of a body of more than `most` bytes."""
    return TooLargeError("the body is too large", expected=f"at most {most:,} bytes")
