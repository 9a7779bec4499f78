"""schemathesis attacks every route of the OpenAPI document, with and without a token."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    use_after_free,
)

from spgc.serving.audit_server import audit_server
from spgc.serving.web_app import make_app
from tests.serving.flower_server import FlowerServer, csv, labels, served

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    use_after_free,
)
"""Not that all bodies of the right type are taken: what a CSV file has to hold, no schema says."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> FlowerServer:
    made = served(tmp_path_factory.mktemp("attacked"), "hits")
    made.send("Ada", labels())
    return made


ROUTES = (
    "GET /api/challenge",
    "GET /api/board",
    "GET /api/files/{name}",
    "GET /api/team",
    "POST /api/submissions",
    "PUT /api/team/final",
)


@pytest.fixture(scope="module")
def document(server: FlowerServer) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/api/openapi.json", make_app(server.desk))


def test_the_document_names_every_route(document: schemathesis.BaseSchema) -> None:
    found = [one.ok() for one in document.get_all_operations()]
    assert sorted(one.label for one in found) == sorted(ROUTES)


bounded = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(
    ("route", "mode"),
    [(route, GenerationMode.POSITIVE) for route in ROUTES]
    + [(route, GenerationMode.NEGATIVE) for route in ROUTES if "PUT" in route or "POST" in route],
)
def test_every_route_stands_an_attack(
    route: str, mode: GenerationMode, document: schemathesis.BaseSchema, server: FlowerServer
) -> None:
    """Values of the form that the document describes, and others."""
    method, path = route.split()

    @bounded
    @given(document[path][method].as_strategy(generation_mode=mode))
    def attack(case: schemathesis.Case) -> None:
        for token in (server.tokens["Ada"], "wrong"):
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}
            server.clock.forward(hours=1)  # unreadable files have a ceiling per hour
            answer = case.call()
            case.validate_response(answer, checks=list(CHECKS))
            for secret in server.tokens.values():
                assert secret.encode() not in answer.content

    attack()


def test_nothing_was_stored_that_is_no_submission(server: FlowerServer) -> None:
    """After all of that."""
    found = audit_server(Path(server.path))
    assert found.good
    assert found.submissions == 1
    assert server.desk.submit(server.tokens["Ada"], csv(labels())).left.submissions == 9
