"""An attacker who looks at no case, against a running server: what each feedback gives away."""

from __future__ import annotations

import json
import random
import urllib.request
from collections import defaultdict

import pytest

from spgc.disclosure.budget import budget
from spgc.disclosure.feedback import Feedback
from spgc.disclosure.hidden_sets import one_set
from tests.serving.asked import bearer, running
from tests.serving.conftest import Serve
from tests.serving.flower_server import CLASSES, FlowerServer, csv, labels

SENT = 150
"""Submissions of the attacker."""

PUBLIC = (15, 5, 10)
"""Cases per class of the public part, and of the private one."""


def attacked(server: FlowerServer, address: str) -> dict[str, str]:
    """The labels that a weighted vote over random files gives, from what is shown of each.

    A file's vote counts by how much its score is above what chance gives; a score that isn't shown
    gives none.
    """
    drawn = random.Random(11)  # noqa: S311 - no secret
    shares = [30 / 60, 20 / 60, 10 / 60]
    expected = 30 * sum(share**2 for share in shares)
    votes: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for _ in range(SENT):
        given = {case: drawn.choices(CLASSES, shares)[0] for case in labels()}
        request = urllib.request.Request(  # noqa: S310 - this machine
            f"{address}/api/submissions", csv(given), dict(bearer(server.tokens["Ada"]))
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            shown = json.loads(answer.read())["submission"]["shown"]
        heard = shown["better"] in (None, True) and shown["hits"] is not None
        for case, label in given.items():
            votes[case][label] += (shown["hits"] - expected) if heard else 0
    return {case: max(CLASSES, key=votes[case].__getitem__) for case in labels()}


def found(server: FlowerServer, answers: dict[str, str]) -> tuple[int, int]:
    """Labels that are correct in the public and in the private part."""
    known = server.desk.served
    counts = {True: 0, False: 0}
    for case, public in zip(known.cases, known.public, strict=True):
        counts[bool(public)] += answers[case.case_id] == case.label
    return counts[True], counts[False]


@pytest.mark.parametrize("feedback", ["hits", "ladder", "none"])
def test_what_an_attacker_learns(serve: Serve, feedback: str) -> None:
    server = serve(feedback, submissions="1000", per_day="1000")
    with running(server.path) as address:
        public, private = found(server, attacked(server, address))
    chance, cases = max(PUBLIC), sum(PUBLIC)
    # The private part, which ranks at the end, stays at what chance gives: 15, and what a binomial
    # of 30 cases at one half rarely exceeds.
    assert private <= 21
    if feedback == "hits":
        assert public >= 0.8 * cases  # the attack is a good one
    elif feedback == "ladder":
        rule = budget(one_set(PUBLIC), [SENT], [Feedback.LADDER]).of(Feedback.LADDER)[0]
        assert public <= max(chance, rule.correct.high)
        assert public < 0.8 * cases
    else:
        assert public <= chance
