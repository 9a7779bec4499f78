"""No label, no token and nothing of another team leaves through an answer, a header or the log."""

from __future__ import annotations

import hashlib
import logging
import random
import re
from collections.abc import Iterator, Mapping
from itertools import permutations

import httpx
import pytest
from starlette.testclient import TestClient

from tests.serving.asked import bearer, client_of, running
from tests.serving.conftest import Serve
from tests.serving.flower_server import FlowerServer, csv, guesses, labels

SENT = "/api/submissions"
PAGES = ("/", "/challenge", "/team", "/board.csv")
OPEN = ("/api/challenge", "/api/board", "/api/openapi.json", *PAGES)


def everything(client: TestClient | httpx.Client, token: str) -> Iterator[httpx.Response]:
    """Whatever one team can ask, rightly or not."""
    for path in (
        *OPEN,
        "/api/none",
        "/none",
        "/api/files/truth.csv",
        "/flowers.db",
        "/../truth.csv",
    ):
        yield client.get(path)
        yield client.get(path, headers=bearer(token))
    yield client.get("/api/team", headers=bearer(token))
    yield client.get("/api/team", headers=bearer("wrong"))
    bodies = (
        csv(guesses(1)),
        csv(guesses(2)),
        csv({**guesses(2), "F-001": "orchid", "F-999": "rose"}),
        b"Study,Label\n",
        b"\x00",
        b"x" * (300 * 1024),
    )
    for body in bodies:
        yield client.post(SENT, content=body, headers=bearer(token))
        yield client.post(SENT, content=body, headers=bearer("wrong"))
    as_json = {"Content-Type": "application/json"}
    for number in range(5):
        content = b'{"submission": %d}' % number
        yield client.put("/api/team/final", content=content, headers=bearer(token, **as_json))
    origin = {"Origin": str(client.base_url).rstrip("/")}
    yield client.post("/team/sign-in", data={"token": token}, headers=origin)
    yield client.get("/team")
    yield client.post("/team/submissions", data={"csv": csv(guesses(9)).decode()}, headers=origin)
    yield client.get("/team")
    yield client.post("/team/final", data={"submission": "1"}, headers=origin)


def text_of(answer: httpx.Response) -> str:
    """Status, headers and body; what was sent is not the server's."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{answer.status_code}\n{headers}\n{answer.text}"


FEEDBACKS = ("none", "ladder", "hits", "sets", "classes")


@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_no_answer_holds_a_secret(
    serve: Serve, feedback: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Tokens, their hashes, what Ben sent, the seed of the parts; and cases with their class."""
    caplog.set_level(logging.DEBUG)
    server = serve(feedback, show_classes=True, per_day="100")
    server.send("Ben", guesses(7))
    ben = server.desk.team(server.tokens["Ben"]).submissions[0]
    secrets = [*server.tokens.values(), ben.file_hash, ben.answer_hash]
    secrets += [hashlib.sha256(token.encode()).hexdigest() for token in server.tokens.values()]
    with running(server.path) as address, httpx.Client(base_url=address) as client:
        said = [text_of(one) for one in everything(client, server.tokens["Ada"])]
    said += [
        record.getMessage()
        for record in caplog.records
        if "httpx" not in record.name and "httpcore" not in record.name
    ]
    said += list(capfd.readouterr())
    assert len(said) > 40
    for text in said:
        assert [one for one in secrets if one in text] == []
        assert not re.search(r"F-\d{3}\W{1,20}(rose|tulip|sword lily)", text) or "orchid" in text
        assert "seed" not in text.lower()
        assert str(server.path) not in text


def with_times_removed(server: FlowerServer, texts: list[str]) -> list[str]:
    """Answers without what differs between two servers: times, tags, sizes and the seed's hash."""
    parts = r"20\d\d-\d\d-\d\d[T ][\d:.]+Z?|date: .*|content-length: .*|set-cookie: .*"
    return [re.sub(parts, "", text) for text in texts]


def label_file(given: Mapping[str, str], public: list[str]) -> str:
    rows = (f"{c},{k},{'public' if c in public else 'private'}\n" for c, k in given.items())
    return "Study,Label,split\n" + "".join(rows)


@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_nothing_that_is_said_depends_on_a_hidden_label(serve: Serve, feedback: str) -> None:
    """Two challenges that differ in all private labels answer every request alike.

    Without feedback two that differ in all labels do.
    """
    truth, drawn = labels(), random.Random(2)  # noqa: S311 - no secret
    public = sorted(drawn.sample(sorted(truth), 24))
    moved = [case for case in truth if feedback == "none" or case not in public]
    kinds = [truth[case] for case in moved]
    other = {**truth, **dict(zip(moved, kinds[7:] + kinds[:7], strict=True))}
    assert sum(truth[case] != other[case] for case in truth) > 15
    made = []
    for given in (truth, other):
        server = serve(feedback, rows=label_file(given, public), show_classes=True, per_day="100")
        server.send("Ben", guesses(7))
        server.tokens["Ada"] = server.team("Ada")
        with client_of(server) as client:
            texts = [text_of(one) for one in everything(client, server.tokens["Ada"])]
        made.append(with_times_removed(server, texts))
    for one, two in zip(*made, strict=True):
        assert one == two


def test_a_team_sees_its_own_submissions_alone(serve: Serve) -> None:
    server = serve("hits", ("Ada", "Ben", "Cid"))
    for number, team in enumerate(server.tokens):
        server.send(team, guesses(number))
    for one, other in permutations(server.tokens, 2):
        own = server.desk.team(server.tokens[one])
        theirs = server.desk.team(server.tokens[other])
        assert len(own.submissions) == 1
        assert own.submissions[0].file_hash != theirs.submissions[0].file_hash
        assert other not in str(own.as_dict())
