"""`spgc.compare`: two systems case by case, or one against every published row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from spgc.api.given_tables import challenge_of_truth, labels_of, table_file
from spgc.api.scores import shown
from spgc.api.shown import Plot, Shown, can_draw, frame_of
from spgc.board.bounds import Bound, against, bounds_document
from spgc.board.compared_files import Side, marks_on, read_side, read_sides, side_of, told_apart
from spgc.board.published_board import published_board, refuse_no_board
from spgc.board.views import rows_of_score
from spgc.errors import UsageError
from spgc.scoring.paired import Comparison
from spgc.scoring.paired import compare as compare_submissions
from spgc.scoring.score_submission import score_submission
from spgc.submissions.reading_rules import reading_of

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from spgc.api.given_tables import GivenAnswers, GivenLabels
    from spgc.challenge.definition import Challenge


@dataclass(frozen=True, repr=False)
class ComparisonResult(Shown, Comparison):
    """Which cases flipped between systems `a` and `b`, and the exact McNemar test of each set."""

    a: str = "a"
    b: str = "b"

    def _line(self) -> str:
        sets = ", ".join(f"{g.name} {g.right_a}/{g.right_b} of {g.patients}" for g in self.groups)
        return f"Comparison of {self.a} and {self.b}: {sets}; {len(self.flips)} flips"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.result_parts import comparison_parts

        return comparison_parts(self, self.a, self.b)

    def _html(self) -> str:
        from spgc.report.page.blocks import comparison_block

        return comparison_block(self, self.a, self.b)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        rows = []
        for group in self.groups:
            row = group.as_dict()
            row["low"], row["high"] = row.pop("interval")
            rows.append(row)
        return rows

    def flips_frame(self) -> pd.DataFrame:
        """Each case that the two call differently, as a DataFrame."""
        return frame_of([flip.as_dict() for flip in self.flips])

    def plot(self) -> Plot:
        """Differences in accuracy with their intervals. MissingExtraError without matplotlib."""
        can_draw()
        from spgc.report.interval_figures import difference_figure

        return Plot(difference_figure(self, self.a, self.b))


@dataclass(frozen=True, repr=False)
class BoundsResult(Shown):
    """One system against every published row: the exact test, or the bounds of its p."""

    bounds: tuple[Bound, ...]
    marks: tuple[str, ...] = ()

    def _line(self) -> str:
        told = sum(bound.verdict == "separable" for bound in self.bounds)
        return f"Comparison with {len(self.bounds)} published rows: {told} separable"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.result_parts import bounds_parts

        return bounds_parts(self.bounds, self.marks)

    def _html(self) -> str:
        from spgc.report.page.blocks import bounds_block

        return bounds_block(self.bounds, self.marks)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [bound.as_dict() for bound in self.bounds]

    def as_dict(self) -> dict[str, Any]:
        return bounds_document(self.bounds, self.marks)

    def plot(self) -> Plot:
        """The p of each row, or its range. Raises MissingExtraError without matplotlib."""
        can_draw()
        from spgc.report.interval_figures import bounds_figure

        return Plot(bounds_figure(self.bounds))


@overload
def compare(
    a: GivenAnswers,
    b: None = None,
    truth: GivenLabels = None,
    *,
    names: Sequence[str] | None = None,
    split: str | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> BoundsResult: ...


@overload
def compare(
    a: GivenAnswers,
    b: GivenAnswers,
    truth: GivenLabels = None,
    *,
    names: Sequence[str] | None = None,
    split: str | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> ComparisonResult: ...


def compare(
    a: GivenAnswers,
    b: GivenAnswers | None = None,
    truth: GivenLabels = None,
    *,
    names: Sequence[str] | None = None,
    split: str | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> ComparisonResult | BoundsResult:
    """Compare two systems case by case, or one with every published row, as `spgc compare` does.

    a, b: a file, case ID to class, a DataFrame, or the name of a team whose answers are published;
    without `b` the published rows. truth, split, labels, argmax, challenge: as `spgc.score` takes
    them.
    names: of both in tables, else those of their files.

    >>> import spgc
    >>> truth = {"P1": "cap", "P2": "cap", "P3": "normal"}
    >>> before = {"P1": "cap", "P2": "normal", "P3": "normal"}
    >>> result = spgc.compare(before, truth, truth, names=("before", "after"))
    >>> result
    <Comparison of before and after: own 2/3 of 3; 1 flips>
    >>> [flip.case for flip in result.flips]
    ['P2']

    Raises SubmissionError when answers can't be scored or share no set, UsageError for labels of
    the user's own where published rows are asked for.
    """
    known = challenge_of_truth(truth, challenge)
    reading = reading_of(labels, argmax=argmax, challenge=known)
    manifest = labels_of(truth, reading)
    _check_names(names)
    first = _side(a, "a", known)
    if b is None:
        if manifest.own_truth:
            raise UsageError(
                "published rows can't be scored on your own labels",
                found="one system",
                expected="two with truth=",
                do="give a second system, or leave truth out",
            )
        board = published_board(known)
        refuse_no_board(board, known)
        name = names[0] if names else first.name
        answers = read_side(first, manifest, split, reading)
        rows = rows_of_score(name, score_submission(answers, manifest, reading))
        others = [row for row in board if row.answers is None or row.answers != first.answers]
        return BoundsResult(
            tuple(against(rows, others)), marks=marks_on([first], [name], [answers])
        )
    sides = told_apart([first, _side(b, "b", known)])
    called = list(names) if names else [side.name for side in sides]
    if len(called) != len(sides):
        raise UsageError("names are not two", found=str(len(called)), expected="two")
    one, two = read_sides(sides, manifest, split, reading)
    result = replace(
        compare_submissions(one, two, manifest), marks=marks_on(sides, called, (one, two))
    )
    return shown(ComparisonResult, result, a=called[0], b=called[1])


def _check_names(names: Any) -> None:
    """Raise UsageError unless names are None or a list of texts."""
    listed = names is None or (isinstance(names, Sequence) and not isinstance(names, str))
    if not listed or not all(isinstance(name, str) for name in names or ()):
        raise UsageError(
            "names are no list of texts", found=repr(names)[:80], expected='["before", "after"]'
        )


def _side(given: GivenAnswers, name: str, challenge: Challenge) -> Side:
    """A file or a team by name, as the command takes them; or answers of the program's own."""
    return side_of(Path(given) if isinstance(given, str) else table_file(given, name), challenge)
