"""Submissions are counted and stored at once: limits hold, and nothing counts twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from spgc.disclosure.ladder import rungs
from spgc.errors import SubmissionError
from spgc.serving import submitting
from spgc.serving.audit_server import audit_server
from spgc.serving.challenge_states import ClosedError, days_said
from spgc.serving.desk import RequestError, TokenError
from spgc.serving.submitting import UnreadableFileError
from spgc.serving.team_limits import NoneLeftError, OverLimitError
from spgc.serving.tokens import all_teams, new_token, revoke
from spgc.submissions.validate import refusal, validate_bytes
from tests.serving.conftest import Serve
from tests.serving.flower_server import csv, guesses, labels


def test_the_receipt_says_what_is_shown_and_left(serve: Serve) -> None:
    server = serve("hits")
    receipt = server.desk.submit(server.tokens["Ada"], csv(labels()))
    assert receipt.submission.shown.said == "30 of 30 correct."
    assert (receipt.left.submissions, receipt.left.today, receipt.left.invalid) == (9, 1, 20)
    assert receipt.left.day_ends == "2030-05-02T00:00:00.000Z"
    assert (receipt.submission.number, receipt.submission.counts) == (1, True)


def test_a_day_has_its_limit_and_the_challenge_one(serve: Serve) -> None:
    server = serve("hits", submissions="3")
    for seed in range(2):
        server.send("Ada", guesses(seed))
    with pytest.raises(OverLimitError, match="no submission left today") as over:
        server.send("Ada", guesses(2))
    assert over.value.retry == 12 * 3600
    server.clock.forward(hours=12)
    server.send("Ada", guesses(2))
    with pytest.raises(NoneLeftError, match="no submission left"):
        server.send("Ada", guesses(3))
    server.send("Ben", guesses(3))
    assert server.desk.team(server.tokens["Ada"]).left.submissions == 0
    assert server.desk.team(server.tokens["Ben"]).left.submissions == 2


def test_the_same_file_again_is_the_same_submission(serve: Serve) -> None:
    """Whoever lost the answer may ask again, after the limit and the end too."""
    server = serve("hits")
    token, content = server.tokens["Ada"], csv(guesses(1))
    first = server.desk.submit(token, content)
    server.send("Ada", guesses(2))
    server.state("close")
    again = server.desk.submit(token, content)
    assert again.submission == first.submission.__class__(
        **{**vars(first.submission), "counts": False}
    )
    assert again.notes == ("this file was sent before: nothing is counted again",)
    assert again.left.submissions == 8


def test_unreadable_files_cost_nothing_but_their_own_ceiling(serve: Serve) -> None:
    server = serve("hits")
    token = server.tokens["Ada"]
    for number in range(20):
        with pytest.raises(UnreadableFileError):
            server.desk.submit(token, b"Study,Label\nF-001,%d\n" % number)
    assert server.desk.team(token).left.submissions == 10
    with pytest.raises(OverLimitError, match="too many files that can't be read") as over:
        server.send("Ada", labels())
    assert over.value.retry == 3600
    server.clock.forward(minutes=61)
    assert server.send("Ada", labels()) == "30 of 30 correct."


def test_a_refusal_has_the_validators_words_and_no_label(serve: Serve) -> None:
    """Read with cases that have no class, so nothing that is said can depend on one."""
    server = serve("hits")
    broken = csv({case: "orchid" if case == "F-007" else kind for case, kind in labels().items()})
    known = server.desk.served.known
    assert all(case.label is None for case in known)
    said = str(refusal(validate_bytes(broken, None, known)))
    with pytest.raises(SubmissionError) as refused:
        server.desk.submit(server.tokens["Ada"], broken)
    assert str(refused.value).replace("submission.csv", "submission") in said.replace(
        "submission.csv", "submission"
    )
    assert refused.value.found == "'orchid'"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 50,
        b"PK\x03\x04" + b"\x00" * 50,
        b"\x80\x04K\x01.",
        b"a,b\n1,2\n",
        b"\xff\xfe",
    ],
    ids=["empty", "zeros", "zip", "pickle", "other columns", "half of a mark"],
)
def test_what_is_no_submission_is_refused(serve: Serve, content: bytes) -> None:
    server = serve("hits")
    with pytest.raises(SubmissionError):
        server.desk.submit(server.tokens["Ada"], content)
    assert audit_server(server.path).good


def test_a_closed_challenge_takes_nothing(serve: Serve) -> None:
    server = serve(opens="2030-05-02", closes="2030-05-03")
    with pytest.raises(ClosedError, match="has not begun"):
        server.send("Ada", labels())
    server.clock.forward(days=1)
    server.send("Ada", labels())
    server.clock.forward(days=2)
    with pytest.raises(ClosedError, match="the challenge is over"):
        server.send("Ada", guesses(1))
    server.state("close")
    with pytest.raises(ClosedError, match="takes no submissions now"):
        server.send("Ada", guesses(1))


def test_an_opened_challenge_says_when_its_days_keep_it_shut(serve: Serve) -> None:
    server = serve(opens="2030-05-02", closes="2030-05-03")
    known = server.desk.served.challenge
    said = [days_said(known, datetime(2030, 5, day, 12, tzinfo=UTC)) for day in (1, 2, 3, 4)]
    assert "has not begun" in (said[0] or "")
    assert said[1:3] == [None, None]
    assert "is over" in (said[3] or "")


def test_the_ladder_is_the_one_that_the_budget_is_about(serve: Serve) -> None:
    """Score by score what `spgc.disclosure.ladder` shows, team by team."""
    server = serve("ladder", submissions="100", per_day="100")
    known = server.desk.served
    names = known.challenge.names
    inside = [c.case_id for c, part in zip(known.cases, known.public, strict=True) if part]
    truth = [names.index(labels()[case]) for case in inside]
    sent = [guesses(seed, right=0.3 + seed / 50) for seed in range(30)]
    given = [[names.index(one[case]) for case in inside] for one in sent]
    expected, _ = rungs(given, truth)
    assert 3 < sum(score is not None for score in expected) < 20
    for team in ("Ada", "Ben"):
        shown = []
        for answers in sent:
            receipt = server.desk.submit(server.tokens[team], csv(answers))
            shown.append(receipt.submission.shown)
        told = [one.hits if one.better else None for one in shown]
        assert told == expected
    assert audit_server(server.path).good


def test_a_token_is_one_teams_and_can_be_revoked(serve: Serve) -> None:
    server = serve("hits")
    old = server.tokens["Ada"]
    new = new_token(server.desk.database, "ADA")
    said = set()
    for token in (old, "", "x", "x" * 10_000, "\udcff"):
        with pytest.raises(TokenError) as refused:
            server.desk.team(token)
        said.add(str(refused.value))
    assert len(said) == 1
    assert server.desk.team(new).team == "Ada"
    revoke(server.desk.database, "Ada")
    with pytest.raises(TokenError):
        server.desk.team(new)


def test_a_team_is_one_team_in_every_unicode_form(serve: Serve) -> None:
    server = serve("hits", ())
    composed, apart = "Zo\u00eb", "Zoe\u0308"
    for name in (apart, composed, apart.upper()):
        token = new_token(server.desk.database, name)
    assert server.desk.team(token).team == composed
    revoke(server.desk.database, apart)
    with pytest.raises(TokenError):
        server.desk.team(token)
    with server.desk.database.reading() as connection:
        assert len(all_teams(connection)) == 1
    assert audit_server(server.path).good


def test_a_token_that_is_revoked_meanwhile_stores_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve("hits")

    read = submitting.read_answers_of

    def slowly(*words: object) -> object:
        revoke(server.desk.database, "Ada")
        return read(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(submitting, "read_answers_of", slowly)
    with pytest.raises(TokenError):
        server.send("Ada", labels())
    with server.desk.database.reading() as connection:
        assert connection.execute("SELECT COUNT(*) FROM submissions").fetchone() == (0,)


def test_the_final_answer_is_the_teams_choice_until_the_end(serve: Serve) -> None:
    server = serve("hits")
    server.send("Ada", labels())
    server.send("Ada", guesses(1))
    token = server.tokens["Ada"]
    assert (server.desk.team(token).final, server.desk.team(token).chosen) == (2, False)
    assert server.desk.choose(token, 1).chosen
    with pytest.raises(RequestError, match="no such submission"):
        server.desk.choose(server.tokens["Ben"], 1)
    server.state("close", "reveal")
    with pytest.raises(RequestError, match="final answers stay"):
        server.desk.choose(token, 2)
    assert server.desk.boards()[0].rows[0].hits == 30
