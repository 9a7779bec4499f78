"""`spgc.score`: answers of any kind on labels of any kind, and a score that shows itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar, cast

from spgc.api.given_tables import (
    CaseIds,
    by_case,
    case_list,
    challenge_of_truth,
    frame_file,
    is_array,
    is_frame,
    is_series,
    labels_of,
    series_values,
)
from spgc.api.shown import Plot, Shown, can_draw, frame_of
from spgc.errors import UsageError
from spgc.scoring import bootstrap
from spgc.scoring.result import Score
from spgc.scoring.score import Scorable
from spgc.scoring.score import score as score_answers
from spgc.submissions.reading_rules import reading_of
from spgc.text.synthetic import SYNTHETIC

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from rich.console import RenderableType

    from spgc.api.given_tables import Array, GivenAnswers, GivenLabels
    from spgc.challenge.definition import Challenge
    from spgc.scoring.counts import Rate
    from spgc.scoring.group import GroupScore


class ScoreResult(Shown, Score):
    """A score: right answers, rates and intervals of each test set and of the pooled ones."""

    def _line(self) -> str:
        parts = [f"{g.name} {g.confusion.accuracy.hits}/{g.confusion.total}" for g in self.groups]
        marks = [SYNTHETIC] * self.synthetic + ["PARTIAL"] * self.partial
        return " ".join(["Score", *marks, ", ".join(parts)])

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.result_parts import score_marks, score_parts

        return [*score_parts(self), *score_marks(self)]

    def _html(self) -> str:
        from spgc.report.page.blocks import score_block

        return score_block(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [_group_row(group) for group in self.groups]

    def cases_frame(self) -> pd.DataFrame:
        """Each case with its truth and answer, wrong ones first, as a DataFrame."""
        shares = {f"p_{name}": None for name in self.challenge.names}
        rows = []
        for one in self.cases:
            row = one.as_dict()
            given = row.pop("probabilities") or {}
            known = {f"p_{name}": value for name, value in given.items()}
            rows.append(row | (shares | known if any(c.probabilities for c in self.cases) else {}))
        return frame_of(rows)

    def to_markdown(self) -> str:
        """Right answers of each set as Markdown."""
        from spgc.report.score_formats import score_markdown

        return score_markdown(self)

    def to_latex(self) -> str:
        """Accuracy of each set as LaTeX; the packages that it needs stand above it."""
        from spgc.report.score_formats import score_latex

        return score_latex(self)

    def to_record(self, name: str | None = None) -> dict[str, Any]:
        """A record of the Every Eval Ever project, as `--format eee` prints it.

        name: what the model is called, as DEVELOPER/MODEL. Raises UsageError for another kind.
        """
        from spgc.scoring.every_eval_ever import eee_record

        return eee_record(self, int(time.time()), name)

    def plot(self) -> Plot:
        """Confusion matrices, true classes down. Raises MissingExtraError without matplotlib."""
        can_draw()
        from spgc.report.confusion import confusion_figure

        return Plot(confusion_figure(self.headline_groups))


def _group_row(group: GroupScore) -> dict[str, Any]:
    """One set as a row: counts, rates with their intervals, and every other measure."""
    row: dict[str, Any] = {"set": group.name, "cases": group.confusion.total}
    row |= _rate_cells("accuracy", group.confusion.accuracy)
    for position, name in enumerate(group.challenge.names):
        row |= _rate_cells(f"sensitivity_{name}", group.confusion.sensitivity(position))
        row |= _rate_cells(f"specificity_{name}", group.confusion.specificity(position))
    for name, estimate in group.estimates.items():
        row[name] = estimate.value
        row[f"{name}_low"], row[f"{name}_high"] = estimate.interval
    return row | {"synthetic": group.synthetic}


def _rate_cells(name: str, rate: Rate) -> dict[str, Any]:
    low, high = rate.exact or (None, None)
    counts = {f"{name}_right": rate.hits, f"{name}_of": rate.total}
    return {name: rate.value, f"{name}_low": low, f"{name}_high": high, **counts}


def score(
    predictions: GivenAnswers | Sequence[str | Path] | Array | None = None,
    truth: GivenLabels = None,
    *,
    cases: CaseIds = None,
    probabilities: Mapping[str, Sequence[float]] | Array | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    partial: bool = False,
    split: str | None = None,
    model: str | None = None,
    resamples: int = bootstrap.RESAMPLES,
    seed: int = bootstrap.SEED,
    challenge: Challenge | str | Path | None = None,
) -> ScoreResult:
    """Score predicted classes, as `spgc score` does.

    predictions: a file, or a list of files that answer different cases; case ID to class; a
    DataFrame with the columns of such a file, whose index may hold the case IDs; or a list or
    array of classes in the order of `cases`. truth: the same, or a folder of manifests; without
    it the challenge's. probabilities: case ID to a number per class, or (N, classes) in the order
    of `cases`; classes in the challenge's order: COVID-19, CAP, Normal. labels: the class that each
    other label stands for.
    argmax: answer by the most probable class; predictions are left out then, or hold no labels.
    partial: score the cases that are answered and mark the score. split: this set or pool alone.
    model: a hash to stand in the signature. resamples, seed: of the bootstrap. challenge: the file
    or folder of another challenge than SPGC, whose classes and sets then count.

    >>> import spgc
    >>> truth = {"P1": "covid-19", "P2": "cap", "P3": "normal", "P4": "normal"}
    >>> answers = {"P1": "covid-19", "P2": "normal", "P3": "normal", "P4": "normal"}
    >>> result = spgc.score(answers, truth)
    >>> result
    <Score own 3/4>
    >>> result.splits["own"].confusion.accuracy.value
    0.75

    Arrays need the case IDs that they belong to:

    >>> codes = {0: "covid-19", 1: "cap", 2: "normal"}
    >>> spgc.score([0, 2, 2, 2], [0, 1, 2, 2], cases=list(truth), labels=codes)
    <Score own 3/4>

    Raises SubmissionError for unknown cases or classes and for missing cases, DataError when a
    case has no known label, UsageError for an impossible option or answers of another kind.
    """
    cases = case_list(cases)
    known = challenge_of_truth(truth, challenge)
    reading = reading_of(labels, argmax=argmax, partial=partial, challenge=known)
    made = score_answers(
        _answers(predictions, cases),
        labels_of(truth, reading, cases),
        probabilities=_shares(probabilities, cases),
        labels=labels,
        argmax=argmax,
        partial=partial,
        split=split,
        model=model,
        resamples=resamples,
        seed=seed,
        challenge=known,
    )
    return shown(ScoreResult, made)


def _answers(given: Any, cases: CaseIds) -> Scorable:
    """Answers as the library takes them: a DataFrame as a file, an array by case ID."""
    if is_frame(given):
        return frame_file(given, "predictions")
    if is_series(given):
        return cast("Scorable", series_values(given, "predictions"))
    if cases is None or not is_array(given):
        return cast("Scorable", given)
    made = by_case(given, cases, "predictions")
    rows = next((value for value in made.values() if isinstance(value, list | tuple)), None)
    if rows is not None:
        raise UsageError(
            "predictions are rows of numbers",
            found=repr(rows)[:60],
            expected="one class per case",
            do="give them as probabilities=, with argmax=True",
        )
    return made


def _shares(given: Any, cases: CaseIds) -> Mapping[str, Sequence[float]] | None:
    if cases is None or not is_array(given):
        return cast("Mapping[str, Sequence[float]] | None", given)
    return by_case(given, cases, "probabilities")


Result = TypeVar("Result")


def shown(kind: type[Result], made: Any, **more: Any) -> Result:
    """A result of the library as the kind that shows itself."""
    return kind(**{part.name: getattr(made, part.name) for part in fields(made)}, **more)
