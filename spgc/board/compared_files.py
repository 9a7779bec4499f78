"""Inputs of a comparison: files of the user's, or published answers by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spgc.board.published_answers import PublishedAnswers, answers_named
from spgc.challenge.definition import Challenge
from spgc.data.manifests import NOT_THE_CHALLENGES, Manifest
from spgc.errors import SubmissionError
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.submissions.model_marks import marks_of
from spgc.submissions.read import of_split, read_apart, read_submissions
from spgc.submissions.reading_rules import Reading
from spgc.submissions.submission import Submission
from spgc.submissions.system_names import system_names


@dataclass(frozen=True)
class Side:
    """A system to compare: its name in tables, and its file or its published answers."""

    name: str
    path: GivenFile | None = None
    answers: PublishedAnswers | None = None


def side_of(given: GivenFile, challenge: Challenge) -> Side:
    """What an argument means: a file where there is one or it is spelt like one, else a name.

    challenge: whose published answers the name is of.

    Raises SubmissionError for a name without published answers.
    """
    if isinstance(given, StandardInput):
        return Side(given.stem, path=given)
    if given.is_file() or given.suffix or len(given.parts) > 1:
        return Side(given.stem, path=given)
    if given.exists() and not given.is_dir():
        return Side(given.stem, path=given)
    found = answers_named(given.name, challenge)
    return Side(found.team, answers=found)


def sides_of(given: Sequence[GivenFile], challenge: Challenge) -> list[Side]:
    """What the arguments mean, with names that tell them apart: of two files called alike with
    their folders, of a file called like a team that stands beside it with all of its path.

    Raises SubmissionError for a name without published answers.
    """
    return told_apart([side_of(one, challenge) for one in given])


def told_apart(sides: Sequence[Side]) -> list[Side]:
    """The sides under names of which no two are equal."""
    files = [side.path for side in sides if side.path is not None]
    names = iter(system_names(files))
    teams = {side.name for side in sides if side.path is None}
    made = []
    for side in sides:
        if side.path is not None:
            name = next(names)
            side = replace(side, name=str(side.path) if name in teams else name)
        made.append(side)
    return made


def read_sides(
    sides: Sequence[Side],
    manifest: Manifest,
    split: str | None = None,
    reading: Reading | None = None,
) -> list[Submission]:
    """The submissions of all sides, each by itself; of `split` alone where one is named.

    Raises SubmissionError when a file is refused, or when published answers are to be compared on
    other scans than the challenge's.
    """
    paths = [side.path for side in sides if side.path is not None]
    files = iter(read_apart(paths, manifest, split, reading))
    return [
        next(files) if side.answers is None else _published(side.answers, manifest, split, reading)
        for side in sides
    ]


def read_side(
    side: Side, manifest: Manifest, split: str | None = None, reading: Reading | None = None
) -> Submission:
    """The submission of one side alone. Raises as `read_sides` does."""
    if side.path is not None:
        return read_submissions([side.path], manifest, split, reading)
    return read_sides([side], manifest, split, reading)[0]


def marks_on(
    sides: Sequence[Side], names: Sequence[str], compared: Sequence[Submission]
) -> tuple[str, ...]:
    """What the records beside files say against the answers that are compared, in sentences.

    names: of the sides, with which the sentences begin.
    """
    return tuple(
        f"{name}: {mark.what}"
        for side, name, submission in zip(sides, names, compared, strict=True)
        if side.path is not None
        for mark in marks_of(side.path, submission.predictions)
        if mark.severity == "remark"
    )


def _published(
    answers: PublishedAnswers, manifest: Manifest, split: str | None, reading: Reading | None
) -> Submission:
    whole = answers.submission
    known = [manifest[case] for case in whole.predictions if case in manifest]
    if len(known) < len(whole) or any(case.certainty in NOT_THE_CHALLENGES for case in known):
        raise SubmissionError(
            "published predictions are for the challenge's scans",
            where=answers.team,
            found="manifests of other scans",
            expected="the challenge's manifests",
            do="leave --manifests or --truth out, or compare two files",
        )
    lacking = (
        set(manifest.splits_named(split)) - set(answers.splits) if split is not None else set()
    )
    if lacking:
        raise SubmissionError(
            f"no published predictions on {' and '.join(sorted(lacking))}",
            where=answers.team,
            found=" and ".join(answers.splits),
            expected=split,
            do="name one of its sets",
        )
    return whole if split is None else of_split(whole, split, manifest, reading)
