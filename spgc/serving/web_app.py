"""The web application: routes of the JSON interface and of the pages over one desk."""

from __future__ import annotations

from fastapi import FastAPI

from spgc.serving.desk import Desk
from spgc.serving.pages.page_routes import page_routes
from spgc.version import __version__


def make_app(desk: Desk) -> FastAPI:
    """The application that answers for `desk`; it holds no state of its own."""
    app = FastAPI(title="spgc leaderboard", version=__version__, docs_url=None, redoc_url=None)
    app.router.routes.extend(page_routes(desk))
    return app
