"""The systems on each set of patients: rows, paired tests, and what their teams published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from spgc.board.board_rows import OWN, BoardRow, board_sets
from spgc.board.bounds import Bound, bound_of
from spgc.board.honest import Honest, honest
from spgc.board.published_board import published_board
from spgc.board.ranking import Placed, place_own
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest
from spgc.paper.rivals.rival_steps import VAL, RivalResult
from spgc.paper.rivals.teams import published_row
from spgc.protocol import CLASSES, OVERALL, POOLS
from spgc.scoring.counts import confusion
from spgc.scoring.group import OWN_SCANS
from spgc.scoring.scored_cases import scored_cases
from spgc.text.synthetic import SYNTHETIC

HERE = "retrained here"


@dataclass(frozen=True)
class RivalSet:
    """One set of patients: those whom every system that has answers on it answered.

    of: patients of the set that are known; placed: the systems, the best first; refused: why a
    system has no row, by name; published: its team's row; against: the test of a system against its
    own team's published row, where both are of the challenge's patients; honest: all pairs, with
    Holm's correction, None for fewer than two systems.
    """

    name: str
    patients: int
    of: int
    placed: tuple[Placed, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, BoardRow] = field(default_factory=dict)
    against: Mapping[str, Bound] = field(default_factory=dict)
    honest: Honest | None = None

    @property
    def synthetic(self) -> bool:
        return any(one.row.foreign == SYNTHETIC for one in self.placed)

    @property
    def whole(self) -> bool:
        """Whether no patient of the set is left out."""
        return self.patients == self.of


def sets_of(results: Sequence[RivalResult], manifest: Manifest) -> list[RivalSet]:
    """The pools whose splits were all answered, then the splits; sets without answers left out."""
    answered = {
        case.split: None
        for case in manifest
        if any(r.answers and case.case_id in r.answers.predictions for r in results)
    }
    splits = [name for name in manifest.splits() if name in answered]
    pools = {name: parts for name, parts in POOLS.items() if set(parts) <= set(splits)}
    named = {
        **({OVERALL: pools[OVERALL]} if OVERALL in pools else {}),
        **{name: (name,) for name in splits},
        **{name: parts for name, parts in pools.items() if name != OVERALL},
    }
    made = (_set(name, parts, results, manifest) for name, parts in named.items())
    return list(_tested([one for one in made if one.placed]))


def main_set(sets: Sequence[RivalSet]) -> RivalSet | None:
    """The ranked sets pooled, or the test split with the most patients, or what there is."""
    tests = [one for one in sets if one.name != VAL]
    pooled = [one for one in tests if one.name == OVERALL]
    return max(pooled or tests or sets, key=lambda one: one.patients, default=None)


def _set(
    name: str, splits: Sequence[str], results: Sequence[RivalResult], manifest: Manifest
) -> RivalSet:
    cases = [c for split in splits for c in manifest.split(split) if c.label is not None]
    refused = {r.name: words for r in results if (words := _refusal(r, cases)) is not None}
    competing = [r for r in results if r.name not in refused]
    common = [
        case
        for case in cases
        if all(r.answers and case.case_id in r.answers.predictions for r in competing)
    ]
    if not competing or not common:
        return RivalSet(name, 0, len(cases), (), refused)
    rows = [_row(r, name, common) for r in competing]
    known = {r.name: row for r in results if (row := published_row(r.name, name)) is not None}
    return RivalSet(name, len(common), len(cases), tuple(place_own(rows)), refused, known)


def _refusal(result: RivalResult, cases: Sequence[Case]) -> str | None:
    """Why a system has no row on a set; None where it has one."""
    if result.failure is not None or result.answers is None:
        return f"failed in {result.failure or 'prediction'}"
    if any(case.case_id in result.learnt for case in cases):
        return "trained on these scans"
    predictions = result.answers.predictions
    splits = {case.split for case in cases}
    if {case.split for case in cases if case.case_id in predictions} < splits:
        return "no predictions"
    return None


def _row(result: RivalResult, name: str, cases: Sequence[Case]) -> BoardRow:
    answers = result.answers
    if answers is None:
        raise ValueError(result.name)
    truth = {case.case_id: case.label or "" for case in cases}
    found = confusion(truth, {case: answers.predictions[case] for case in truth}, CLASSES)
    rates = [found.sensitivity(number) for number in range(len(CLASSES))]
    a, b, c = (rate.total for rate in rates)
    return BoardRow(
        result.name,
        OWN,
        name,
        (a, b, c),
        tuple(rate.hits if rate.total else None for rate in rates),
        found.accuracy.hits,
        HERE,
        foreign=_foreign(cases),
        scored=scored_cases(cases, answers, CLASSES),
        challenge=SPGC,
    )


def _foreign(cases: Sequence[Case]) -> str | None:
    """The mark of patients who are not the challenge's."""
    if any(case.synthetic for case in cases):
        return SYNTHETIC
    return OWN_SCANS if any(case.certainty == "own" for case in cases) else None


def _tested(sets: Sequence[RivalSet]) -> Iterator[RivalSet]:
    """The sets with all tests: of the systems among themselves, and against their teams."""
    by_system: dict[str, dict[str, BoardRow]] = {}
    for one in sets:
        for placed in one.placed:
            by_system.setdefault(placed.row.team, {})[one.name] = placed.row
    board = published_board(SPGC)
    for one in sets:
        rows = [placed.row for placed in one.placed]
        against = {
            row.team: bound_of(row, theirs, by_system[row.team], board)
            for row in rows
            if (theirs := one.published.get(row.team)) is not None
            and row.foreign is None
            and one.name in board_sets(SPGC)
            and row.cases == theirs.cases
        }
        yield replace(one, against=against, honest=honest(one.name, rows, rows))
