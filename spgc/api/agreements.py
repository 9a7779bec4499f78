"""`spgc.agreement`: which scans all systems miss, and how far systems agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spgc.api.given_tables import challenge_of_truth, labels_of, named_files
from spgc.api.scores import shown
from spgc.api.shown import Plot, Shown, can_draw, frame_of
from spgc.board.agreement import Agreement
from spgc.board.agreement import agreement as agree
from spgc.submissions.read import systems_of_files
from spgc.submissions.reading_rules import reading_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from rich.console import RenderableType

    from spgc.api.given_tables import GivenAnswers, GivenLabels
    from spgc.challenge.definition import Challenge


class AgreementResult(Shown, Agreement):
    """Systems, the best first, on the same scans: who is right where, and Cohen's kappa."""

    def _line(self) -> str:
        missed, alone = len(self.missed_by_all), len(self.only_one_right)
        return (
            f"Agreement of {len(self.systems)} systems on {len(self.scans)} scans: "
            f"{missed} correct in none, {alone} in one"
        )

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.agreement_tables import agreement_parts

        return agreement_parts(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per scan: its truth, each system's class, and how many are correct."""
        return [
            {"case": one.case, "set": one.split, "truth": one.truth, "right": len(one.right)}
            | dict(zip(self.systems, one.answers, strict=True))
            for one in self.scans
        ]

    def kappa_frame(self) -> pd.DataFrame:
        """Cohen's kappa of every two systems, unrounded, as a DataFrame."""
        return frame_of(self.as_dict()["kappa"])

    def plot(self) -> Plot:
        """A matrix of scans and systems. Raises MissingExtraError without matplotlib."""
        can_draw()
        from spgc.report.agreement_picture import agreement_picture

        return Plot(agreement_picture(self))


def agreement(
    answers: str | Path | Sequence[str | Path] | Mapping[str, GivenAnswers] | None = None,
    truth: GivenLabels = None,
    *,
    split: str | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> AgreementResult:
    """Find the scans that systems miss together, and how far they agree, as `spgc agreement` does.

    answers: as `spgc.leaderboard` takes them, shown together with the published predictions;
    without it these alone. Files that answer different cases are one system's. truth: labels of
    your own, as `spgc.score` takes them: then two systems or more are needed, and no published ones
    stand among them. split: the set or pool to show; without it the ranked sets, or the first set
    that all of your systems cover. labels, argmax, challenge: as `spgc.score` takes them.

    >>> import spgc
    >>> truth = {"P1": "cap", "P2": "cap", "P3": "normal"}
    >>> before = {"P1": "cap", "P2": "normal", "P3": "normal"}
    >>> result = spgc.agreement({"before": before, "after": truth}, truth)
    >>> result
    <Agreement of 2 systems on 3 scans: 0 correct in none, 1 in one>
    >>> [(scan.case, result.systems[scan.right[0]]) for scan in result.only_one_right]
    [('P2', 'after')]

    Raises SubmissionError when a system does not cover all of the scans, or fewer than two do.
    """
    known = challenge_of_truth(truth, challenge)
    reading = reading_of(labels, argmax=argmax, challenge=known)
    manifest = labels_of(truth, reading)
    named = named_files(answers, known)
    if isinstance(answers, Mapping):
        apart = ((name, [file]) for name, file in named.items())
        found = [one for n, f in apart for one in systems_of_files(f, manifest, reading, n)]
    else:
        found = systems_of_files(list(named.values()), manifest, reading)
    made = agree([(name, one.predictions) for name, one, _ in found], manifest, split)
    return shown(AgreementResult, made)
