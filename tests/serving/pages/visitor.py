"""A browser without pictures: asks the pages, keeps cookies, and says where its forms come from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from spgc.serving.desk import Desk
from spgc.serving.pages.page_routes import page_routes


class Visitor:
    """Asks the pages of a desk under one address."""

    def __init__(self, desk: Desk, address: str = "http://board.example") -> None:
        self.app: ASGIApp = Starlette(routes=page_routes(desk))
        self.address = address
        self.cookies = httpx.Cookies()

    def get(self, path: str) -> httpx.Response:
        return self.ask("GET", path)

    def post(self, path: str, fields: Mapping[str, str] | None = None) -> httpx.Response:
        """Send a form, as a page of the address does."""
        return self.ask("POST", path, data=dict(fields or {}), headers={"Origin": self.address})

    def sign_in(self, token: str) -> httpx.Response:
        return self.post("/team/sign-in", {"token": token})

    def ask(self, method: str, path: str, **given: object) -> httpx.Response:
        """One request; redirects are shown, not followed."""
        return asyncio.run(self._ask(method, path, given))

    async def _ask(self, method: str, path: str, given: Mapping[str, object]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url=self.address, cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **given)  # type: ignore[arg-type]
            self.cookies = client.cookies
        return answer
