"""What a form of the pages sends, read within bounds by the standard library."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from spgc.serving.bounded_body import bounded_body, too_large
from spgc.serving.desk import RequestError
from spgc.serving.pages.same_origin import sent_from_here
from spgc.serving.pages.site_pages import MOST_BYTES

MOST_ENCODED = 3 * MOST_BYTES + 1024
"""A text field is sent with up to three signs per byte."""

MOST_FIELDS = 8


class ForeignFormError(RequestError):
    """A form that no page of this server sent."""

    status = 403


class UnknownFormError(RequestError):
    """A body of another kind than forms have."""

    status = 415


async def form_fields(request: Request, most: int = 4096) -> dict[str, str]:
    """The fields of a form, the last one where two have a name.

    Raises ForeignFormError, UnknownFormError, and what `bounded_body` raises.
    """
    own_form(request)
    if kind_of(request) != "application/x-www-form-urlencoded":
        raise UnknownFormError("this is no form", found=kind_of(request) or "no Content-Type")
    content = await bounded_body(request.stream(), most, request.headers.get("content-length"))
    try:
        pairs = parse_qsl(
            content.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise UnknownFormError("this is no form", expected="at most 8 encoded fields") from error
    return dict(pairs)


async def sent_file(request: Request) -> tuple[bytes, str]:
    """A submission as bytes, and its text where it came by the text field.

    A script sends the bytes of a file as `text/csv`; a form sends the field `csv`, whose line ends
    browsers make CR LF: they are LF again here, so that a hash is that of the usual file.
    """
    own_form(request)
    if kind_of(request) == "text/csv":
        length = request.headers.get("content-length")
        return await bounded_body(request.stream(), MOST_BYTES, length), ""
    fields = await form_fields(request, MOST_ENCODED)
    text = fields.get("csv", "").replace("\r\n", "\n")
    content = text.encode("utf-8")
    if len(content) > MOST_BYTES:
        raise too_large(MOST_BYTES)
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


def kind_of(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
