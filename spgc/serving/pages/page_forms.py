"""What a form of the pages sends, read within bounds by the standard library."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from spgc.serving.desk import RequestError
from spgc.serving.pages.same_origin import sent_from_here
from spgc.serving.request_body import (
    MAX_SUBMISSION,
    WrongTypeError,
    bounded_body,
    check_type,
    csv_body,
    too_large,
)

MOST_ENCODED = 3 * MAX_SUBMISSION + 1024
"""A text field is sent with up to three signs per byte."""

MOST_FIELDS = 8


class ForeignFormError(RequestError):
    """A form that no page of this server sent."""

    status = 403


async def form_fields(request: Request, most: int = 4096) -> dict[str, str]:
    """The fields of a form, the last one where two have a name.

    Raises ForeignFormError, WrongTypeError, and what `bounded_body` raises.
    """
    own_form(request)
    check_type(request, "application/x-www-form-urlencoded")
    content = await bounded_body(request, most)
    try:
        pairs = parse_qsl(
            content.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise WrongTypeError("this is no form", expected="at most 8 encoded fields") from error
    return dict(pairs)


async def sent_file(request: Request) -> tuple[bytes, str]:
    """A submission as bytes, and its text where it came by the text field.

    A script sends the bytes of a file as `text/csv`; a form sends the field `csv`, whose line ends
    browsers make CR LF: they are LF again here, so that a hash is that of the usual file.
    """
    own_form(request)
    if request.headers.get("content-type", "").strip().lower().startswith("text/csv"):
        return await csv_body(request), ""
    fields = await form_fields(request, MOST_ENCODED)
    text = fields.get("csv", "").replace("\r\n", "\n")
    content = text.encode("utf-8")
    if len(content) > MAX_SUBMISSION:
        raise too_large(MAX_SUBMISSION)
    return content, text


def own_form(request: Request) -> None:
    """Raises ForeignFormError unless a page of this server sent the request."""
    if not sent_from_here(request.url.scheme, request.headers):
        raise ForeignFormError(
            "this form was not sent by a page of this server, so nothing was done",
            found=request.headers.get("origin") or "no origin",
            expected=f"{request.url.scheme}://{request.headers.get('host', '')}",
            do="open the page anew and send it from there; behind a proxy, have it pass on Host "
            "and X-Forwarded-Proto",
        )
