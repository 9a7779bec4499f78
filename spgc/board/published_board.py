"""The leaderboard that comes with spgc: rows as printed, and rows scored from published answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from spgc.board.board_rows import SETS, BoardRow, read_board
from spgc.board.published_answers import PublishedAnswers, published_answers
from spgc.data.manifests import Manifest, read_manifests
from spgc.scoring.counts import confusion
from spgc.scoring.scored_cases import scored_cases


@cache
def published_board() -> tuple[BoardRow, ...]:
    """Every row: those of `leaderboard/`, scored anew where the team's answers are published."""
    manifest = read_manifests()
    scored = {
        _key(row): row for one in published_answers() for row in rows_of_answers(one, manifest)
    }
    printed = read_board()
    rows = [settled(row, scored[_key(row)]) if _key(row) in scored else row for row in printed]
    known = {_key(row) for row in printed}
    return (*rows, *(row for key, row in scored.items() if key not in known))


def rows_of_answers(answers: PublishedAnswers, manifest: Manifest) -> Iterator[BoardRow]:
    """A row for each set whose splits are all answered, counted against the released labels."""
    for name, splits in SETS.items():
        if set(splits) <= set(answers.splits):
            truth = {k: v for split in splits for k, v in manifest.truth(split).items()}
            cases = [case for split in splits for case in manifest.split(split)]
            counted = confusion(truth, answers.submission.predictions)
            rates = [counted.sensitivity(i) for i in range(len(counted.counts))]
            yield BoardRow(
                answers.team,
                answers.group,
                name,
                tuple(rate.total for rate in rates),
                tuple(rate.hits if rate.total else None for rate in rates),
                counted.accuracy.hits,
                answers.source,
                note=answers.about.get("note"),
                answers=answers,
                scored=scored_cases(cases, answers.submission),
            )


def settled(printed: BoardRow, scored: BoardRow) -> BoardRow:
    """A printed row whose answers are published: what does not add up in it is put right by them.

    The printed row stays as it is, doubt and all, where even its total is another.
    """
    if printed.total_hits != scored.total_hits:
        return printed
    note = printed.note
    if printed.hits != scored.hits:
        was = ", ".join("–" if hits is None else str(hits) for hits in printed.hits)
        note = (
            f"printed with {was} correct by class, which does not sum to its total; corrected "
            "from its "
            "predictions"
        )
    return replace(
        printed,
        hits=scored.hits,
        doubt=None,
        note=note,
        answers=scored.answers,
        scored=scored.scored,
    )


def _key(row: BoardRow) -> tuple[str, str, str]:
    return row.team, row.group, row.set_name
