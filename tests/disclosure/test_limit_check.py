"""The budget of a challenge with its own limits: in words, bounded, and with a warning in time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from spgc.challenge.definition import Challenge, ChallengeClass, ShownBack, SubmissionLimits
from spgc.challenge.set_words import Split
from spgc.data.manifests import Case, Manifest
from spgc.disclosure.budget import budget
from spgc.disclosure.feedback import Feedback
from spgc.disclosure.hidden_sets import HiddenLabels, HiddenSet
from spgc.disclosure.limit_check import QUICK_WORK, allowed_submissions, check_limits
from spgc.errors import DataError

KINDS = tuple(ChallengeClass(name, name, (), f"p_{name}") for name in ("elm", "oak", "yew"))


def truth(
    shown: ShownBack,
    submissions: int | None = 10,
    sizes: Sequence[tuple[int, int, int]] = ((8, 8, 8), (6, 6, 6)),
    public: tuple[bool, ...] = (True, True),
) -> Manifest:
    """A challenge of three kinds of trees with its labels; sizes: cases per kind of each set."""
    sets = {
        f"s{i}": Split(f"s{i}", f"s{i}", one, True, (), "–", "–", public=public[i])
        for i, one in enumerate(sizes)
    }
    challenge = Challenge("Trees", "trees", KINDS, sets, feedback=shown)
    challenge = replace(challenge, limits=SubmissionLimits(submissions))
    cases = [
        Case(f"{name}-{kind}-{i}", kind, name, "made up", "official")
        for name, one in sets.items()
        for kind, size in zip(challenge.names, one.counts, strict=True)
        for i in range(size)
    ]
    return Manifest({case.case_id: case for case in cases}, challenge=challenge)


def test_its_numbers_are_those_of_the_budget() -> None:
    made = check_limits(truth("hits", 20))
    hidden = HiddenLabels((HiddenSet("s0", (8, 8, 8)), HiddenSet("s1", (6, 6, 6))))
    (leak,) = budget(hidden, [200, 20], [Feedback.HITS]).leaks[:1]
    assert made.budget is not None
    assert f"{leak.correct.mean:.0f} ({leak.certain} for certain) after 20" in made.lines[1]
    assert (made.submissions, made.harmless) == (20, made.budget.allowed[Feedback.HITS])
    assert check_limits(truth("hits", 20)).as_dict() == json.loads(json.dumps(made.as_dict()))


def test_limits_that_give_labels_away_are_warned_of() -> None:
    """With what to set instead; one submission less than too many is fine."""
    many = check_limits(truth("classes", 10))
    assert not many.good
    (warning,) = many.warnings
    assert warning.startswith("10 submissions of a team tell 42 of 42 labels to an attacker")
    assert 'with shown = "ladder" at most' in warning
    assert "rank on a set that is not public" in warning
    ladder = check_limits(truth("ladder", 10))
    assert ladder.good
    assert not ladder.warnings
    assert ladder.harmless is not None
    assert not check_limits(truth("ladder", 1_000)).good


def test_only_public_labels_count() -> None:
    made = check_limits(truth("classes", 10, public=(False, True)))
    assert made.sets == ("s1",)
    assert made.budget is not None
    assert made.budget.hidden.cases == 18
    assert "rank on a set" not in made.warnings[0]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (truth("none", None), "(feedback none)"),
        (truth("hits", None, public=(False, False)), "(no ranked set is public)"),
    ],
    ids=["nothing shown", "nothing public"],
)
def test_where_no_score_is_shown_there_is_nothing_to_give_away(given: Manifest, why: str) -> None:
    made = check_limits(given)
    assert made.good
    assert made.budget is None
    assert made.lines == (made.facts[0],)
    assert why in made.lines[0]


def test_no_limit_is_warned_of() -> None:
    made = check_limits(truth("ladder", None))
    assert made.warnings[0].startswith("no limit on the submissions of a team, and scores that are")
    assert made.lines[0].startswith("limits: none; feedback ladder on s0 and s1: ")


def test_days_limit_as_well() -> None:
    """The limit of a day, times the days that the challenge is open."""
    known = truth("ladder").challenge
    daily = replace(known, limits=SubmissionLimits(100, 2))
    assert allowed_submissions(daily) == 100
    week = replace(daily, opens=date(2030, 1, 1), closes=date(2030, 1, 7))
    assert allowed_submissions(week) == 14
    assert allowed_submissions(replace(week, limits=SubmissionLimits(5, 2))) == 5
    assert allowed_submissions(replace(week, limits=SubmissionLimits())) is None


def test_a_limit_beyond_what_is_simulated_is_no_assurance() -> None:
    made = check_limits(truth("ladder", 100_000, ((4_000, 4_000, 4_000),), (True,)))
    assert made.budget is not None
    assert max(one.submissions for one in made.budget.leaks) <= QUICK_WORK // 12_000
    assert not made.good
    assert made.warnings[0].startswith("100,000 submissions are more than the 166 that were sim")


def test_a_case_without_a_class_is_refused() -> None:
    given = truth("hits")
    case = next(iter(given))
    broken = replace(given, cases={**given.cases, case.case_id: replace(case, label=None)})
    with pytest.raises(DataError, match="set s0 has cases without a label"):
        check_limits(broken)
