"""Bodies of requests, read up to a number of bytes and seconds and no further."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from spgc.serving.desk import RequestError

SECONDS = 20.0
"""In which a body has to arrive: whoever sends a byte now and then holds no place for long."""


class BodyTooLargeError(RequestError):
    """More bytes than allowed were sent, or announced."""

    status = 413


class BodyTooSlowError(RequestError):
    """The body did not arrive in time."""

    status = 408


async def bounded_body(
    pieces: AsyncIterator[bytes], most: int, announced: str | None, seconds: float = SECONDS
) -> bytes:
    """The whole body of at most `most` bytes; announced: its `Content-Length`.

    Raises BodyTooLargeError before anything is read where the length says so, else at the first
    piece too much, and BodyTooSlowError.
    """
    if announced is not None and announced.isdecimal() and int(announced[:20]) > most:
        raise too_large(most)
    found = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for piece in pieces:
                found += piece
                if len(found) > most:
                    raise too_large(most)
    except TimeoutError as error:
        raise BodyTooSlowError("the request took too long", expected=f"{seconds:g} s") from error
    return bytes(found)


def too_large(most: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        "too much was sent",
        found=f"more than {most:,} bytes",
        expected="one CSV file with a row per case",
        do="send the file with cases and labels alone",
    )
