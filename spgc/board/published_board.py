"""A challenge's published board: rows as printed, and rows scored from published answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from spgc.board.board_rows import GROUPS, BoardRow, board_files, board_sets, read_board
from spgc.board.published_answers import FOLDER, PublishedAnswers, published_answers
from spgc.board.published_folder import published_folder
from spgc.challenge.definition import Challenge
from spgc.data.challenge_cases import challenge_manifest
from spgc.data.manifests import Manifest
from spgc.errors import LeaderboardError, UsageError
from spgc.scoring.counts import confusion
from spgc.scoring.group import known_labels
from spgc.scoring.scored_cases import scored_cases


def published_board(challenge: Challenge) -> tuple[BoardRow, ...]:
    """Every published row of a challenge, scored anew where the team's answers are published.

    Empty where it has none. Raises LeaderboardError for a file that can't be read.
    """
    return _shipped(challenge) if challenge.shipped else _of(challenge)


@cache
def _shipped(challenge: Challenge) -> tuple[BoardRow, ...]:
    return _of(challenge)


def _of(challenge: Challenge) -> tuple[BoardRow, ...]:
    folder = published_folder(challenge)
    if folder is None:
        return ()
    answers = published_answers(challenge)
    for one in answers:
        if one.group not in GROUPS:
            raise LeaderboardError(
                "published predictions of an unknown group",
                where=folder / FOLDER / one.name,
                found=one.group,
                expected=" | ".join(GROUPS),
            )
    manifest = challenge_manifest(challenge) if answers else Manifest(challenge=challenge)
    scored = {_key(row): row for one in answers for row in rows_of_answers(one, manifest)}
    printed = read_board(folder, challenge) if board_files(folder) else []
    rows = [settled(row, scored[_key(row)]) if _key(row) in scored else row for row in printed]
    known = {_key(row) for row in printed}
    return (*rows, *(row for key, row in scored.items() if key not in known))


def refuse_no_board(board: Sequence[BoardRow], challenge: Challenge) -> None:
    """Raise UsageError where a challenge has no published row to compare one system with."""
    if not board:
        raise UsageError(
            "the challenge has no published rows",
            found=challenge.title,
            expected="two systems to compare",
            do="name a second file",
        )


def rows_of_answers(answers: PublishedAnswers, manifest: Manifest) -> Iterator[BoardRow]:
    """A row for each set whose splits are all answered, counted against the labels.

    None for a set with a case whose label is not known here.
    """
    challenge = manifest.challenge
    for name, splits in board_sets(challenge).items():
        cases = [case for split in splits for case in manifest.split(split)]
        known = all(case.label is not None for case in cases)
        if known and set(splits) <= set(answers.splits):
            truth = known_labels(cases)
            counted = confusion(truth, answers.submission.predictions, challenge.names)
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
                scored=scored_cases(cases, answers.submission, challenge.names),
                challenge=challenge,
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
