"""A team's own page and its forms: signing in and out, submitting, choosing the final answer.

A browser that reloads after a form must not send it twice, so each form that did something leads
to the page by a redirect, and the page says once what was done.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from spgc.errors import SpgcError
from spgc.report.problem_lines import problem_cells
from spgc.serving.desk import Desk, RequestError, TokenError
from spgc.serving.page_views import ReceiptView
from spgc.serving.pages.page_forms import form_fields, own_form, sent_file
from spgc.serving.pages.page_headers import PRIVATE
from spgc.serving.pages.page_sessions import PageSessions
from spgc.serving.pages.session_cookie import drop_session, keep_session, session_secret
from spgc.serving.pages.site_pages import sign_in_page, team_page
from spgc.serving.submitting import FILE, UnreadableFileError
from spgc.submissions.validate import ValidationReport

_UNKNOWN = "No team has this token. Copy all of it; one that was revoked is worth nothing."
_OVER = "You were signed out, and nothing was sent. Sign in again."


class TeamForms:
    """Answers for `/team` and below; the sessions of all browsers are kept here."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.sessions = PageSessions()

    def show(self, request: Request) -> Response:
        """The team's page, or the form that takes a token."""
        secret = session_secret(request)
        token = self.sessions.token_of(secret)
        if token is None:
            return self._sign_in_form(request)
        try:
            team = self.desk.team(token)
        except TokenError:
            return self._sign_in_form(request, _OVER, 401)
        said = self.sessions.said(secret)
        receipt = said if isinstance(said, ReceiptView) else None
        return _page(team_page(team, receipt, chosen=isinstance(said, int)))

    async def sign_in(self, request: Request) -> Response:
        """A token for a session."""
        try:
            token = (await form_fields(request)).get("token", "").strip()
            await run_in_threadpool(self.desk.team, token)
        except TokenError as error:
            return await run_in_threadpool(self._sign_in_form, request, _UNKNOWN, error.status)
        self.sessions.end(session_secret(request))
        answer = _to_team()
        keep_session(request, answer, self.sessions.begin(token))
        return answer

    async def sign_out(self, request: Request) -> Response:
        own_form(request)
        self.sessions.end(session_secret(request))
        answer = _to_team()
        drop_session(request, answer)
        return answer

    async def submit(self, request: Request) -> Response:
        """A submission by the text field or by the script."""
        secret = session_secret(request)
        own_form(request)
        token = self.sessions.token_of(secret)
        if token is None:
            return await run_in_threadpool(self._sign_in_form, request, _OVER, 401)
        text = ""
        try:
            content, text = await sent_file(request)
            self.sessions.say(secret, await run_in_threadpool(self.desk.submit, token, content))
        except TokenError:
            return await run_in_threadpool(self._sign_in_form, request, _OVER, 401)
        except SpgcError as error:
            return await run_in_threadpool(self._refused, token, error, text)
        return _to_team()

    async def choose(self, request: Request) -> Response:
        """Another final answer."""
        secret = session_secret(request)
        number = (await form_fields(request)).get("submission", "")
        token = self.sessions.token_of(secret)
        if token is None:
            return await run_in_threadpool(self._sign_in_form, request, _OVER, 401)
        chosen = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0
        try:
            await run_in_threadpool(self.desk.choose, token, chosen)
        except TokenError:
            return await run_in_threadpool(self._sign_in_form, request, _OVER, 401)
        except SpgcError as error:
            return await run_in_threadpool(self._refused, token, error)
        self.sessions.say(secret, chosen)
        return _to_team()

    def _sign_in_form(
        self, request: Request, problem: str | None = None, status: int = 200
    ) -> Response:
        answer = _page(sign_in_page(self.desk.challenge(), problem), status)
        if problem:
            drop_session(request, answer)
        return answer

    def _refused(self, token: str, error: SpgcError, text: str = "") -> Response:
        """The team's page with the reason, and with the text that was sent."""
        status = error.status if isinstance(error, RequestError) else 422
        page = team_page(self.desk.team(token), problems=problems_of(error), text=text)
        answer = _page(page, status)
        if isinstance(error, RequestError) and error.retry is not None:
            answer.headers["Retry-After"] = str(error.retry)
        return answer


def problems_of(error: SpgcError) -> Sequence[str]:
    """What a person has to know, a line each: what is wrong, where, and what to do.

    Of a file that can't be read all problems, as `spgc validate` prints them.
    """
    if isinstance(error, UnreadableFileError):
        report = ValidationReport(FILE, error.problems, (), None)
        lines = [": ".join(filter(None, cells[1:])) for cells in problem_cells(report)]
        return ["The file can't be read, so it counts as no submission", *lines]
    facts = (
        ("Where", error.where),
        ("Found", error.found),
        ("Expected", error.expected),
        ("What to do", error.do),
    )
    said = [f"{name}: {value}" for name, value in facts if value]
    return [f"{error.what[:1].upper()}{error.what[1:]}", *said]


def _page(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers=PRIVATE)


def _to_team() -> Response:
    return RedirectResponse("/team", 303, headers=PRIVATE)
