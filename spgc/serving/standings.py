"""The tables of the server: what is shown while the challenge runs, and all of it at the end.

While it runs, ranks and their intervals follow from the numbers that were shown and nothing else:
a test between two teams, or their answers case by case, would tell more of the labels than the
challenge's feedback allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spgc.board.board_rows import OWN, BoardRow
from spgc.board.honest import drawn_rank_intervals, honest
from spgc.board.own_board import LEAST_DRAWS, MOST_DRAWN, MOST_PATIENTS
from spgc.board.ranking import Placed, place_own, share
from spgc.board.resampling import DRAWS, drawn_totals
from spgc.challenge.definition import Ranking
from spgc.scoring.scored_cases import ScoredCase
from spgc.serving.counting import CountingSubmission
from spgc.serving.page_views import BoardPart, BoardRowView, BoardView, ChallengeView
from spgc.serving.part_counts import final_parts, final_said, part_results
from spgc.serving.served_challenge import Results, Served
from spgc.serving.tokens import MAJORITY

MOST_COMPARED = 200
"""Teams; of more, ranks stand without intervals and groups, whose work grows with their square."""

MOST_WHILE_OPEN = 300_000
"""Cases times teams for which intervals of ranks are drawn after each submission: some seconds."""

_TITLES: dict[BoardPart, str] = {
    "final": "Final ranking",
    "public": "Public part",
    "private": "Private part",
}


@dataclass(frozen=True)
class TeamResult:
    """A team and, where it has a submission that counts, its answers and their results."""

    counting: CountingSubmission
    answers: bytes | None
    results: Results | None


def boards_of(
    served: Served, challenge: ChallengeView, teams: Sequence[TeamResult]
) -> tuple[BoardView, ...]:
    """The tables that may be shown in this state."""
    if challenge.state != "revealed":
        return (_shown_board(served, challenge, teams),)
    parts: list[BoardPart] = ["final"]
    if served.sizes["public"] and served.sizes["private"]:
        parts += [one for one in ("public", "private") if (one,) != final_parts(served)]
    return tuple(_revealed_board(served, challenge, teams, part) for part in parts)


def _shown_board(
    served: Served, challenge: ChallengeView, teams: Sequence[TeamResult]
) -> BoardView:
    sizes = part_results(served.sizes, "public", served)
    feedback = served.challenge.feedback
    rows: dict[str, BoardRow] = {}
    if feedback != "none" and sizes:
        for one in teams:
            if row := _shown_row(served, one, sizes):
                rows[one.counting.team.name] = row
    views = _rows(rows, teams, sizes, served, honestly=False)
    return BoardView(
        challenge,
        "public",
        f"{_TITLES['public']}: {sum(sizes)} cases",
        False,
        tuple(views),
        tuple(_notes(served)),
    )


def _shown_row(served: Served, one: TeamResult, sizes: tuple[int, ...]) -> BoardRow | None:
    """A team's row of what it was shown; None before its first submission."""
    if one.results is None:
        return None
    feedback, known = served.challenge.feedback, served.challenge
    hits = part_results(one.results, "public", served)
    if feedback == "classes":
        return _row(one.counting.team.name, "public", sizes, hits, sum(hits), served)
    total = one.counting.ladder if feedback == "ladder" else sum(hits)
    if total is None:
        return None
    none = (None,) * len(sizes)
    row = _row(one.counting.team.name, "public", sizes, none, total, served)
    return replace(row, challenge=replace(known, ranking=Ranking()))


def _notes(served: Served) -> Iterator[str]:
    feedback = served.challenge.feedback
    if feedback == "none":
        yield "No score is shown before the results are revealed."
    if feedback == "ladder":
        yield "Scores are those that teams were shown: a new one only when it is clearly better."
    if feedback in ("ladder", "hits", "sets") and served.challenge.ranking.rule != "accuracy":
        yield f"Ranked by correct predictions here, by {served.challenge.ranking.rule} at the end."
    yield final_said(served)


def _revealed_board(
    served: Served, challenge: ChallengeView, teams: Sequence[TeamResult], part: BoardPart
) -> BoardView:
    sizes = part_results(served.sizes, part, served)
    rows = {}
    for one in teams:
        if one.results is not None and one.answers is not None:
            hits = part_results(one.results, part, served)
            name = one.counting.team.name
            row = _row(name, part, sizes, hits, sum(hits), served)
            rows[name] = replace(row, scored=_scored(served, one.answers, part))
    views = _rows(rows, teams, sizes, served, honestly=True)
    title = f"{_TITLES[part]}: {sum(sizes)} cases"
    return BoardView(challenge, part, title, part == "final", tuple(views))


def _row(
    name: str,
    part: str,
    sizes: tuple[int, ...],
    hits: tuple[int | None, ...],
    total: int,
    served: Served,
) -> BoardRow:
    own = served.challenge
    return BoardRow(name, OWN, part, sizes, hits, total, "scored here", challenge=own)


def _scored(served: Served, answers: bytes, part: BoardPart) -> tuple[ScoredCase, ...]:
    """The cases of a part, each with truth and answer, for tests between teams."""
    names, inside = served.challenge.names, final_parts(served) if part == "final" else (part,)
    rows = zip(served.cases, served.public, answers, strict=True)
    return tuple(
        ScoredCase(case.case_id, part, case.label or "", names[answer], None, names)
        for case, public, answer in rows
        if public is not None and ("public" if public else "private") in inside
    )


def _rows(
    rows: Mapping[str, BoardRow],
    teams: Sequence[TeamResult],
    sizes: tuple[int, ...],
    served: Served,
    *,
    honestly: bool,
) -> Iterator[BoardRowView]:
    """Rows with a score by rank, baselines where they would have stood, then the others."""
    baselines = {one.counting.team.name for one in teams if one.counting.team.baseline}
    known = {one.counting.team.name: one.counting for one in teams}
    competing = [row for name, row in rows.items() if name not in baselines]
    ranges, groups = _uncertainty(competing, honestly=honestly)
    placed = place_own(competing)
    others = [row for name, row in rows.items() if name in baselines]
    if rows:
        others.append(_majority(sizes, served, next(iter(rows.values())), honestly=honestly))
    scored = [*placed, *(Placed(row, 0, 0, tied=False) for row in others)]
    for one in sorted(scored, key=lambda placed: -share(placed.row)):
        team, own = one.row.team, known.get(one.row.team)
        yield BoardRowView(
            team,
            one.label if one.best else None,
            ranges.get(team),
            one.tied,
            one.row.total_hits,
            sum(sizes),
            float(share(one.row)),
            one.row.accuracy.exact,
            groups.get(team),
            _sensitivity(one.row),
            baseline=not one.best,
            submissions=own.submissions if own else 0,
            last=own.last if own else None,
        )
    for name in sorted(set(known) - set(rows), key=str.casefold):
        own = known[name]
        yield BoardRowView(
            name,
            None,
            None,
            False,
            None,
            sum(sizes),
            None,
            None,
            None,
            baseline=name in baselines,
            submissions=own.submissions,
            last=own.last,
        )


def _majority(
    sizes: tuple[int, ...], served: Served, like: BoardRow, *, honestly: bool
) -> BoardRow:
    """The row of one class for all cases: the commonest one, at the end of what ranks then.

    So all tables of the end have the row of the same class.
    """
    common = part_results(served.sizes, "final", served) if honestly else sizes
    most = common.index(max(common))
    hits = tuple(n if place == most else 0 for place, n in enumerate(sizes))
    shown = hits if None not in like.hits else (None,) * len(sizes)
    row = _row(MAJORITY, like.set_name, sizes, shown, sizes[most], served)
    return replace(row, challenge=like.challenge)


def _sensitivity(row: BoardRow) -> dict[str, tuple[int, int]]:
    rows = zip(row.challenge.names, row.hits, row.cases, strict=True)
    return {name: (hits, n) for name, hits, n in rows if hits is not None and n}


def _uncertainty(
    rows: Sequence[BoardRow], *, honestly: bool
) -> tuple[dict[str, tuple[int, int]], dict[str, str | None]]:
    """Intervals of ranks and groups of rows that do not differ; of the latter only at the end."""
    if len(rows) < 2 or rows[0].challenge.ranking.rule != "accuracy":
        return {}, {}
    patients = sum(rows[0].cases)
    if patients > MOST_PATIENTS or len(rows) > MOST_COMPARED:
        return {}, {}
    draws = min(DRAWS, max(LEAST_DRAWS, MOST_DRAWN // (patients * (1 if honestly else 10))))
    if not honestly:
        if patients * len(rows) > MOST_WHILE_OPEN:
            return {}, {}
        totals = drawn_totals(rows, min(draws, 2000))
        return dict(zip((r.team for r in rows), drawn_rank_intervals(totals), strict=True)), {}
    found = honest(rows[0].set_name, rows, rows, draws)
    standings = found.standings if found else ()
    ranges = {one.row.team: one.ranks for one in standings}
    return ranges, {one.row.team: one.groups for one in standings}
