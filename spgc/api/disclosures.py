"""`spgc.disclosure_budget` and `spgc.ladder`: what scores give away, and a way to show fewer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from spgc.api.given_tables import challenge_of_truth, labels_of, table_file
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.contract.limits import MAX_SEED
from spgc.disclosure.budget import MOST_ANSWERS, SEED, SUBMISSIONS, Budget
from spgc.disclosure.budget import budget as simulate
from spgc.disclosure.feedback import Feedback
from spgc.disclosure.labelled_sets import asked_split, hidden_labels, labelled_cases
from spgc.disclosure.ladder import MOST_ERRORS, Ladder, ladder_of, rungs
from spgc.errors import UsageError
from spgc.scoring.arguments import whole_number
from spgc.submissions.read import read_among
from spgc.submissions.reading_rules import reading_of

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from spgc.api.given_tables import GivenAnswers, GivenLabels
    from spgc.challenge.definition import Challenge


class BudgetResult(Shown, Budget):
    """How many labels submissions reveal, for each kind of feedback; `allowed`: the harmless."""

    def _line(self) -> str:
        kinds = ", ".join(f"{one.value} {number}" for one, number in self.allowed.items())
        return f"Disclosure budget of {self.hidden.cases} labels, submissions to allow: {kinds}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.disclosure_tables import budget_parts

        return budget_parts(self)

    def _html(self) -> str:
        from spgc.report.page.blocks import budget_block

        return budget_block(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "feedback": one.feedback.value,
                "submissions": one.submissions,
                "certain": one.certain,
                **{f"correct_{name}": value for name, value in asdict(one.correct).items()},
                "gained": one.gained,
            }
            for one in self.leaks
        ]


def disclosure_budget(
    truth: GivenLabels = None,
    *,
    split: str | None = None,
    submissions: Sequence[int] = SUBMISSIONS,
    feedback: str | Sequence[str] | None = None,
    standard_errors: int = 1,
    seed: int = SEED,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    challenge: Challenge | str | Path | None = None,
) -> BudgetResult:
    """Simulate how many hidden labels shown scores give away, as `spgc challenge budget` does.

    truth: the hidden labels, as `spgc.score` takes them; without it the challenge's. split: the set
    or pool that is scored, else the ranked sets, or all of your own. submissions: the numbers of
    submissions to look at. feedback: "none", "ladder", "hits", "sets" or "classes", or several; all
    of them without. standard_errors: by how many the ladder wants a score to be better. seed: of
    the simulations. labels: the class that each other label stands for. challenge: as `spgc.score`
    takes it.

    >>> import spgc
    >>> truth = {f"P{i}": ("cap", "normal")[i % 2] for i in range(12)}
    >>> result = spgc.disclosure_budget(truth, submissions=[5, 13], feedback="hits")
    >>> [(leak.submissions, leak.certain) for leak in result.leaks][-1]
    (13, 12)

    Raises UsageError for an unknown split or feedback and for too much to simulate, DataError for
    a case without a label.
    """
    known = challenge_of_truth(truth, challenge)
    manifest = labels_of(truth, reading_of(labels, challenge=known))
    made = simulate(
        hidden_labels(labelled_cases(manifest, split), known.names),
        [whole_number("submissions", one, 1, MOST_ANSWERS) for one in _numbers(submissions)],
        _kinds(feedback),
        seed=whole_number("seed", seed, 0, MAX_SEED),
        standard_errors=_errors(standard_errors),
    )
    return shown(BudgetResult, made)


def _numbers(given: object) -> Sequence[object]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise UsageError(
            "submissions is no list of numbers", found=type(given).__name__, expected="[10, 50]"
        )
    return given


def _kinds(given: str | Sequence[str] | None) -> list[Feedback]:
    names = list(Feedback) if given is None else [given] if isinstance(given, str) else given
    unknown = [one for one in names if one not in list(Feedback)]
    if unknown or not names:
        raise UsageError(
            "no such kind of feedback",
            found=repr(unknown[0]) if unknown else "none of them",
            expected=" | ".join(Feedback),
        )
    return [Feedback(one) for one in names]


def _errors(value: object) -> int:
    return whole_number("standard_errors", value, 1, MOST_ERRORS)


@dataclass(frozen=True, repr=False)
class LadderResult(Shown):
    """What the ladder shows per submission: correct predictions, or None where it shows nothing.

    state: what to hand in with the next submissions, plain values for JSON. It has answers of the
    best submission and its score, no labels.
    """

    names: tuple[str, ...]
    scores: tuple[int | None, ...]
    cases: int
    state: Mapping[str, Any]

    def _line(self) -> str:
        told = sum(score is not None for score in self.scores)
        best = self.state["score"]
        return f"Ladder: {told} of {len(self.scores)} shown, best {best}/{self.cases}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.disclosure_tables import ladder_parts

        return ladder_parts(self.names, self.scores)

    def _html(self) -> str:
        from spgc.report.page.blocks import ladder_block

        return ladder_block(self.names, self.scores)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        rows = zip(self.names, self.scores, strict=True)
        return [{"submission": name, "correct": score, "cases": self.cases} for name, score in rows]

    def as_dict(self) -> dict[str, Any]:
        """The scores and the state as plain values."""
        return {"submissions": list(self._rows()), "state": dict(self.state)}


def ladder(
    submissions: Sequence[GivenAnswers] | Mapping[str, GivenAnswers],
    truth: GivenLabels = None,
    *,
    state: Mapping[str, Any] | None = None,
    split: str | None = None,
    standard_errors: int = 1,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> LadderResult:
    """Show a score only where it is clearly better than the best one shown before (Blum and Hardt).

    submissions: a team's, in the order in which they came, each as `spgc.score` takes answers; or a
    name for each. truth, labels, argmax, challenge: as `spgc.score` takes them. state: the `state`
    of what the same team was shown before. split: the set or pool that is scored, else the ranked
    sets, or all of your own. standard_errors: by how many of the paired difference a score has to
    be better; a state brings its own.

    >>> import spgc
    >>> truth = {f"P{i}": "cap" for i in range(9)}
    >>> first = {case: "cap" if case < "P4" else "normal" for case in truth}
    >>> one_more = first | {"P4": "cap"}
    >>> result = spgc.ladder([first, one_more, truth], truth)
    >>> result.scores
    (4, None, 9)
    >>> spgc.ladder([truth], truth, state=result.state).scores
    (None,)

    Raises SubmissionError for answers that can't be scored, DataError for a state of other cases.
    """
    known = challenge_of_truth(truth, challenge)
    reading = reading_of(labels, argmax=argmax, challenge=known)
    manifest = labels_of(truth, reading)
    asked = asked_split(manifest, split)
    cases = [case for inside in labelled_cases(manifest, asked).values() for case in inside]
    before = Ladder(_errors(standard_errors)) if state is None else ladder_of(state)
    named, place = _named(submissions, known), known.names.index
    read = [read_among(table_file(a, n), manifest, asked, reading) for n, a in named.items()]
    answers = [[place(one.predictions[case.case_id]) for case in cases] for one in read]
    scores, now = rungs(answers, [place(case.label or "") for case in cases], before)
    return LadderResult(tuple(named), tuple(scores), len(cases), now.as_dict())


def _named(given: Any, challenge: Challenge) -> dict[str, GivenAnswers]:
    """Answers by name, or by their number; raises UsageError for one submission alone."""
    if isinstance(given, Mapping) and not any(_is_class(v, challenge) for v in given.values()):
        return {str(name): one for name, one in given.items()}
    if isinstance(given, Sequence) and not isinstance(given, str):
        return {str(number): one for number, one in enumerate(given, start=1)}
    raise UsageError(
        "submissions are not several",
        found=type(given).__name__,
        expected="a list of submissions in order, or a name for each",
        do="ladder([answers], ...)",
    )


def _is_class(value: object, challenge: Challenge) -> bool:
    """Whether a mapping with this value is one submission, by case ID."""
    named = isinstance(value, str) and challenge.class_named(value) is not None
    return isinstance(value, int) or named
