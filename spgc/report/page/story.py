"""Contents of a run's report; numbers come from `spgc.scoring` alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spgc.board.audit import audit
from spgc.board.audit_rows import AuditFinding
from spgc.board.board_rows import CHALLENGE, BoardRow, board_sets, of_set, row_of_score
from spgc.board.claims import published_claims
from spgc.board.published_board import published_board
from spgc.board.ranking import share
from spgc.board.views import View, make_views
from spgc.data.manifests import Manifest
from spgc.files.foreign_names import real_path
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.report.page.head_facts import head_facts
from spgc.report.page.profile import Profile, SliceAxis, Table, axis, profiles, read_slice_table
from spgc.report.page.run_files import HeatMap, RunFiles
from spgc.report.page.timings import Timings, timings
from spgc.report.page.training_curves import Curve
from spgc.scoring.group import GroupScore
from spgc.scoring.result import Score
from spgc.submissions.problems import Problem
from spgc.submissions.submission import Probabilities, Submission

REQUIREMENTS = {
    "slices": "slice profiles: spgc predict --slices RUN/slices.csv",
    "probabilities": "calibration: spgc predict --probabilities",
    "sheets": "contact sheets of the wrong cases: --store STORE",
    "labels": "infected slices in the profiles: --data ROOT",
    "maps": "heat maps: spgc explain CASE --out RUN/explain",
    "card": "the model card: --model MODEL",
    "timings": "timings: a run of spgc predict",
}
"""What may be missing, and how to have it."""


@dataclass(frozen=True)
class WrongCase:
    """A case that got the wrong class, with what is known of it."""

    case: str
    split: str
    truth: str
    answer: str
    probabilities: Probabilities | None
    profiles: Sequence[Profile]
    axis: SliceAxis | None
    sheet: bytes | None
    maps: Sequence[HeatMap]


@dataclass(frozen=True)
class BoardPlace:
    """One set of the leaderboard with the run's row; `tied` are the rows that share its rank."""

    view: View
    row: BoardRow
    label: str
    tied: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """What the page and the terminal show."""

    title: str
    score: Score
    places: Sequence[BoardPlace]
    wrong: Sequence[WrongCase]
    right_maps: Sequence[HeatMap]
    record: Mapping[str, Any]
    timings: Timings | None
    card: str | None
    findings: Sequence[AuditFinding]
    repairs: Sequence[Problem]
    missing: Sequence[str]
    facts: Sequence[tuple[str, str]] = ()
    curves: Sequence[Curve] = ()

    @property
    def synthetic(self) -> bool:
        """Scored on phantoms, or answered by a model that was trained on them."""
        return self.score.synthetic or bool(self.record.get("trained_on_synthetic"))

    @property
    def wrong_kinds(self) -> list[tuple[str, str, list[tuple[int, WrongCase]]]]:
        """Wrong cases by true and predicted class, each with its number on the page from 1."""
        kinds: dict[tuple[str, str], list[tuple[int, WrongCase]]] = {}
        for number, case in enumerate(self.wrong, start=1):
            kinds.setdefault((case.truth, case.answer), []).append((number, case))
        return [(truth, answer, cases) for (truth, answer), cases in sorted(kinds.items())]

    @property
    def graded(self) -> list[GroupScore]:
        """Groups with probabilities."""
        return [group for group in self.score.headline_groups if group.calibration]


@dataclass(frozen=True)
class RunSources:
    """What is there besides the run: infected marks by case, pictures by case, the model card."""

    infected: Mapping[str, Sequence[int]]
    sheets: Mapping[str, bytes]
    card: str | None
    has_data: bool
    has_store: bool
    curves: Sequence[Curve] = ()


def wrong_answers(submission: Submission, manifest: Manifest) -> list[str]:
    """IDs of the cases with the wrong class, in manifest order."""
    labels = submission.predictions
    return [
        c.case_id
        for c in manifest
        if c.case_id in labels and c.label is not None and labels[c.case_id] != c.label
    ]


def tell(
    title: str,
    files: RunFiles,
    submission: Submission,
    manifest: Manifest,
    score: Score,
    sources: RunSources,
) -> Story:
    """The story of a run. Raises DataError when its slice table can't be read."""
    wrong = wrong_answers(submission, manifest)
    table = read_slice_table(files.slices, wrong) if files.slices else {}
    places = _places(title, score)
    ranks = [(place.view.set_name, place.label) for place in places]
    return Story(
        title=title,
        score=score,
        places=places,
        wrong=[_wrong(case, submission, manifest, table, files, sources) for case in wrong],
        right_maps=[m for m in files.maps if m.case not in wrong],
        record=files.record,
        timings=timings(files.record),
        card=sources.card,
        findings=_findings(score),
        repairs=[problem for problem in submission.notes if problem.severity != "refused"],
        missing=_missing(files, submission, sources, wrong),
        facts=head_facts(files.submission, files.record, ranks),
        curves=sources.curves,
    )


def _wrong(
    case: str,
    submission: Submission,
    manifest: Manifest,
    table: Table,
    files: RunFiles,
    sources: RunSources,
) -> WrongCase:
    shares = (submission.probabilities or {}).get(case)
    rows = table.get(case, {})
    count = max((len(part) for part in rows.values()), default=0)
    marks = sources.infected.get(case)
    known = marks if marks is not None and len(marks) == count else None
    return WrongCase(
        case=case,
        split=manifest[case].split,
        truth=str(manifest[case].label),
        answer=submission.predictions[case],
        probabilities=shares,
        profiles=profiles(rows),
        axis=axis(count, known) if count else None,
        sheet=sources.sheets.get(case),
        maps=[m for m in files.maps if m.case == case],
    )


def _places(team: str, score: Score) -> list[BoardPlace]:
    """Where the run stands in each set that the challenge's teams are ranked on.

    Nowhere on labels of the user's own, and in a challenge without published rows.
    """
    if score.signature.truth or not (board := published_board(score.challenge)):
        return []
    groups = {group.name: group for group in score.groups}
    sets = [name for name in board_sets(score.challenge) if name in groups]
    rows = [row_of_score(team, groups[name], name, score.cases) for name in sets]
    known = [row for row in rows if of_set(board, row.set_name, CHALLENGE)]
    return [_place(view, known) for view in make_views(board, [r.set_name for r in known], known)]


def _place(view: View, yours: Sequence[BoardRow]) -> BoardPlace:
    own = next(row for row in yours if row.set_name == view.set_name)
    placed = next(p for p in view.ranked if p.row is own)
    tied = tuple(p.row.team for p in view.ranked if p.row is not own and share(p.row) == share(own))
    return BoardPlace(view, own, placed.label, tied)


def _findings(score: Score) -> list[AuditFinding]:
    """What does not add up in the published tables of the sets that were answered."""
    if score.signature.truth:
        return []
    names = {group.name for group in score.groups}
    return [
        finding
        for finding in audit(published_claims(score.challenge), score.challenge)
        if finding.contradiction and finding.set_name in names
    ]


def _missing(
    files: RunFiles, submission: Submission, sources: RunSources, wrong: Sequence[str]
) -> list[str]:
    there = {
        "slices": files.slices is not None or not wrong or _without_slices(files),
        "probabilities": submission.probabilities is not None,
        "sheets": sources.has_store or not wrong,
        "labels": sources.has_data or not wrong or files.slices is None,
        "maps": bool(files.maps),
        "card": sources.card is not None,
        "timings": "run" in files.record,
    }
    return [words for name, words in REQUIREMENTS.items() if not there[name]]


def _without_slices(files: RunFiles) -> bool:
    """Whether the run's system answers for whole scans only: it has no slice profiles to give."""
    return files.record.get("slice_model") is False


def run_title(run: GivenFile) -> str:
    """A name for the run: its folder's, or its file's without ending."""
    if isinstance(run, StandardInput):
        return run.stem
    path = real_path(run)
    return path.stem if path.is_file() else path.name
