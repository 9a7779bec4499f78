"""The budget: what each kind of feedback gives away, repeatable, bounded, and put in words."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from spgc.disclosure.advice import advice
from spgc.disclosure.budget import MOST_ANSWERS, RUNS, Budget, budget
from spgc.disclosure.climbing import climb
from spgc.disclosure.feedback import Feedback
from spgc.disclosure.hidden_sets import HiddenLabels, HiddenSet, one_set
from spgc.disclosure.ladder import Ladder
from spgc.disclosure.one_by_one import one_by_one
from spgc.errors import UsageError

NUMBERS = (1, 5, 20)


@pytest.fixture(scope="module")
def made() -> Budget:
    hidden = HiddenLabels((HiddenSet("a", (5, 3, 4)), HiddenSet("b", (4, 4, 0))))
    return budget(hidden, NUMBERS)


def test_more_feedback_gives_more_away(made: Budget) -> None:
    """In the order of the kinds, and with every further submission."""
    assert made.feedbacks == list(Feedback)
    for feedback in made.feedbacks:
        leaks = made.of(feedback)
        assert [one.submissions for one in leaks] == list(NUMBERS)
        assert all(a.certain <= b.certain for a, b in pairwise(leaks))
        assert all(one.certain <= one.correct.mean <= 20 for one in leaks)
        assert all(one.correct.low <= one.correct.mean <= one.correct.high for one in leaks)
    at_20 = [made.of(feedback)[2] for feedback in made.feedbacks]
    assert [one.certain for one in at_20[2:]] == [20, 20, 20]
    assert at_20[0].gained == 0 < at_20[1].gained < at_20[2].gained == 1


def test_nothing_is_known_without_a_score(made: Budget) -> None:
    for one in made.of(Feedback.NONE):
        assert (one.certain, one.correct.mean, one.gained) == (0, made.hidden.chance, 0)


def test_the_same_seed_gives_the_same_numbers(made: Budget) -> None:
    again = budget(made.hidden, NUMBERS)
    assert again.as_dict() == made.as_dict() == json.loads(json.dumps(made.as_dict()))
    assert budget(made.hidden, [5], seed=1).leaks != budget(made.hidden, [5]).leaks


def test_a_kind_by_itself_has_the_same_numbers(made: Budget) -> None:
    (hits,) = {one.feedback for one in budget(made.hidden, NUMBERS, [Feedback.HITS]).leaks}
    assert hits is Feedback.HITS
    assert budget(made.hidden, NUMBERS, [hits]).of(hits) == made.of(hits)


def test_what_is_allowed_is_harmless_and_the_next_number_is_not(made: Budget) -> None:
    assert made.allowed[Feedback.NONE] == 20
    for feedback, number in made.allowed.items():
        for one in made.of(feedback):
            harmless = one.gained <= 0.2 and one.certain <= 4
            assert harmless or one.submissions > number
    assert made.allowed[Feedback.CLASSES] <= made.allowed[Feedback.HITS]


def test_advice_names_every_kind_and_a_number(made: Budget) -> None:
    lines = list(advice(made))
    said = {line.split(":")[0]: line for line in lines}
    assert {"ladder", "hits", "sets", "classes"} <= set(said)
    assert said["classes"].startswith("classes: don't show this before the end; after 1 ")
    assert said["hits"].startswith(
        "hits: allow at most 1 submission, for no more than 20 % of the "
    )
    assert "after 5 submissions" in said["hits"]
    assert any("does not stop one who changes a few answers" in line for line in lines)
    assert "receipt" in lines[-1]
    certain = budget(made.hidden, [20], [Feedback.SETS])
    assert next(advice(certain)) == (
        "sets: allow fewer than 20; after 20 submissions every label is known for certain"
    )


def test_large_sets_are_simulated_less_often_or_refused() -> None:
    """By a rule that is said: cases times submissions."""
    hidden = one_set((50, 50))
    assert budget(hidden, [1, 40], [Feedback.HITS], work=20_000).runs == 5 < RUNS
    assert budget(hidden, [1, 400], [Feedback.HITS], work=20_000).runs == 1
    with pytest.raises(UsageError, match=r"at most 200,000 submissions"):
        budget(hidden, [MOST_ANSWERS // 100 + 1])


def test_of_many_sets_nothing_is_solved_or_searched() -> None:
    """They take one simulation, and what counting tells for certain."""
    many = budget(HiddenLabels(tuple(HiddenSet(str(i), (2, 2)) for i in range(31))), [1, 3])
    assert (many.runs, many.exact) == (1, ())
    assert [one.certain for one in many.of(Feedback.SETS)] == [0, 62]
    assert "solver" not in many.of(Feedback.SETS)[0].attacks


def test_searches_end_where_they_would_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found certain before stays so."""
    hidden = one_set((4, 4, 4))
    whole = budget(hidden, [2, 5, 6, 7], [Feedback.CLASSES])
    monkeypatch.setattr("spgc.disclosure.simulation.MOST_SEARCHED", 2 * 3**6)
    cut = budget(hidden, [2, 5, 6, 7], [Feedback.CLASSES])
    assert [one.certain for one in whole.leaks][1:] == [12, 12, 12]
    assert [one.certain for one in cut.leaks] == [one.certain for one in whole.leaks]
    monkeypatch.setattr("spgc.disclosure.simulation.MOST_SEARCHED", 3**6)
    assert [one.certain for one in budget(hidden, [2, 5], [Feedback.CLASSES]).leaks][1] == 4


@pytest.mark.parametrize("numbers", [[], [0, 5], [-1], list(range(1, 22))])
def test_impossible_numbers_are_refused(numbers: list[int]) -> None:
    with pytest.raises(UsageError, match="expected whole numbers from 1"):
        budget(one_set((2, 2)), numbers)


def test_labels_of_one_class_are_known_before(ninety: HiddenLabels) -> None:
    only = budget(one_set((0, 6, 0)), [1, 3])
    assert {(one.certain, one.correct.mean, one.gained) for one in only.leaks} == {(6, 6, 0)}


def test_twenty_classes_work() -> None:
    made = budget(one_set((3,) * 20), [2, 40])
    assert made.of(Feedback.CLASSES)[-1].certain >= 38
    assert made.exact == ()


def attack_one_by_one(truth: np.ndarray, classes: int, submissions: int) -> int:
    """The attack by hits, carried out: labels that it has named, all of which have to be right."""
    base = np.zeros(len(truth), dtype=int)
    first, left, named = (base == truth).sum(), submissions - 1, 0
    for case, label in enumerate(truth):
        found = None
        for tried in range(1, max(2, classes - 1)):
            if left == 0:
                return named
            left -= 1
            file = base.copy()
            file[case] = tried
            change = (file == truth).sum() - first
            if change:
                found = tried if change > 0 else 0
        assert label == (classes - 1 if found is None else found)
        named += 1
    return named


@pytest.mark.parametrize("classes", [2, 3, 4, 7])
@pytest.mark.parametrize("submissions", [1, 2, 9, 30, 500])
def test_counting_names_as_many_labels_as_the_attack_does(classes: int, submissions: int) -> None:
    truth = np.random.default_rng(3).permutation(np.repeat(np.arange(classes), 5))
    hidden = one_set((5,) * classes)
    (said,) = one_by_one(hidden, Feedback.HITS, submissions)
    assert said == attack_one_by_one(truth, classes, submissions)


def test_counts_by_class_answer_for_several_cases_at_once() -> None:
    """Five classes: four cases in four submissions, which total hits need twelve for."""
    hidden = one_set((4,) * 5)
    assert one_by_one(hidden, Feedback.CLASSES, 5) == [4]
    assert one_by_one(hidden, Feedback.SETS, 13) == [4]
    two = HiddenLabels((HiddenSet("a", (4,) * 5), HiddenSet("b", (20, 0, 0, 0, 0))))
    assert one_by_one(two, Feedback.CLASSES, 5) == [4, 20]
    assert one_by_one(two, Feedback.HITS, 1) == [20]


def test_climbing_the_ladder_is_slowed_down_not_stopped(ninety: HiddenLabels) -> None:
    """With 400 submissions some 70 of 90 by one standard error, some 50 by two; means of 6."""
    means = {}
    for errors in (1, 2):
        runs = [
            climb(ninety, [1, 20, 400], Ladder(errors), np.random.default_rng(seed))
            for seed in range(6)
        ]
        means[errors] = np.mean([[right for right, _ in one] for one in runs], axis=0)
        assert all(known <= right for one in runs for right, known in one)
    assert means[1][0] == means[2][0] == ninety.chance
    assert 39 <= means[1][1] <= 47
    assert 64 <= means[1][2] <= 76
    assert means[2][1] <= 39
    assert 43 <= means[2][2] <= 57


def test_a_climber_changes_nothing_where_one_class_is_possible() -> None:
    hidden = HiddenLabels((HiddenSet("a", (0, 4)), HiddenSet("b", (3, 3))))
    assert climb(hidden, [60], Ladder(), np.random.default_rng(0))[0][0] >= 7
