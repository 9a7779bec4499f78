"""What to do about what scores give away, in words for whoever runs a challenge."""

from __future__ import annotations

from collections.abc import Iterator

from spgc.disclosure.budget import HARMLESS, Budget
from spgc.disclosure.feedback import Feedback
from spgc.disclosure.leaks import Leak


def how_counted(budget: Budget) -> Iterator[str]:
    """What the numbers are, and what they are not."""
    hidden = budget.hidden
    yield (
        f"Without any score, the majority class of each set is correct for {hidden.chance:,} of "
        f"{hidden.cases:,} cases. These attackers look at no case; they know how many cases of "
        "each class a set has."
    )
    yield (
        f"Range: least and most of {simulations(budget.runs)} (seed {budget.seed}) of the best "
        "attack. Certain: no other labels are consistent with the scores that were shown."
    )
    yield "These attacks are simple ones: a cleverer one needs fewer submissions."


def simulations(number: int) -> str:
    """`10 simulations`."""
    return "1 simulation" if number == 1 else f"{number} simulations"


def advice(budget: Budget) -> Iterator[str]:
    """What each kind of feedback gives away first, how many submissions to allow, what is safe."""
    for feedback in budget.feedbacks:
        if feedback is not Feedback.NONE:
            yield f"{feedback.value}: {_limit(budget, feedback)}"
    if Feedback.LADDER in budget.feedbacks:
        yield (
            "The ladder slows attackers down and does not stop one who changes a few answers at "
            "a time: limit the submissions as well, for each team, and count teams that work "
            "together as one."
        )
    yield (
        "Nothing is given away by a receipt without a score until the challenge has ended, or by "
        "ranking on other labels than those that scores were shown for."
    )


def _limit(budget: Budget, feedback: Feedback) -> str:
    leaks, allowed = budget.of(feedback), budget.allowed[feedback]
    over = [one for one in leaks if one.submissions > allowed]
    told = [_given_away(over[0], budget.hidden.cases)] if over else []
    if not allowed:
        few = leaks[0].submissions
        no = f"allow fewer than {few:,}" if few > 1 else "don't show this before the end"
        return "; ".join([no, *told])
    beyond = budget.hidden.cases - budget.hidden.chance
    less = f"no more than {100 * HARMLESS:.0f} % of the {beyond:,} labels beyond chance"
    if not over:
        return f"{_submissions(allowed)} give away {less}"
    return "; ".join([f"allow at most {_submissions(allowed)}, for {less}", *told])


def _given_away(leak: Leak, cases: int) -> str:
    after = f"after {_submissions(leak.submissions)}"
    if leak.certain == cases:
        return f"{after} every label is known for certain"
    found = f"{after} an attacker has {leak.correct.mean:.0f} of {cases:,} labels"
    return f"{found}, {leak.certain:,} of them for certain" if leak.certain else found


def _submissions(number: int) -> str:
    return "1 submission" if number == 1 else f"{number:,} submissions"
