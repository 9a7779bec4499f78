"""A challenge made from a label file: what participants get, and what is kept from them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from spgc.challenge.challenge_file import FILE_NAME, PRIVATE, PUBLIC, challenge_of
from spgc.challenge.definition import Challenge
from spgc.challenge.word_forms import default_column
from spgc.data.manifests import COLUMNS, OWN_SPLIT, Case, Manifest
from spgc.errors import DataError, UsageError
from spgc.files.csv_text import csv_text
from spgc.files.new_folder import new_folder, refuse_filled
from spgc.files.whole import encoded
from spgc.organising.label_words import classes_in
from spgc.organising.participants_page import PAGE, participants_page
from spgc.submissions.example import example_text
from spgc.submissions.reading_rules import Reading
from spgc.submissions.truth_file import read_truth
from spgc.text.natural_order import natural_order

CASES, TRUTH, EXAMPLE = "cases.csv", "truth.csv", "example.csv"

OFFICIAL = "official"
"""Certainty of a label that the organisers give."""

ONE_SET, OPEN_SET, CLOSED_SET = "test", "public", "private"
SUBMISSIONS, PER_DAY = 10, 2

MOST_PUBLIC = 0.9
"""The largest share of each class whose results are shown during the challenge."""


@dataclass(frozen=True)
class NewChallenge:
    """What is asked for: the label file, a title, and which share is shown during the challenge.

    public_share: 0 for one set; else the cases are divided, within each class, into a public and a
    private set.
    """

    labels: Path
    title: str = "My challenge"
    public_share: float = 0.0
    seed: int = 0


def init(folder: Path, asked: NewChallenge) -> Challenge:
    """Write a challenge into a new or empty folder, all files or none; the challenge.

    Raises UsageError for a folder that holds something, DataError for labels that can't be read.
    """
    refuse_filled(folder, "a challenge")
    classes = classes_in(asked.labels)
    known = read_truth(asked.labels, _reading(asked.labels, classes)).manifest
    cases = _divided(known, asked)
    text = challenge_toml(asked.title, classes, cases)
    made = replace(challenge_of(tomllib.loads(text), folder / PUBLIC / FILE_NAME), source=folder)
    manifest = Manifest({case.case_id: case for case in cases}, challenge=made)
    texts = {
        f"{PRIVATE}/{TRUTH}": _rows(cases, labels=True),
        f"{PUBLIC}/{FILE_NAME}": text,
        f"{PUBLIC}/{CASES}": _rows(cases, labels=False),
        f"{PUBLIC}/{EXAMPLE}": example_text("all", manifest),
        f"{PUBLIC}/{PAGE}": participants_page(made),
        ".gitignore": f"{PRIVATE}/\n",
    }
    contents = {name: encoded(folder / name, text) for name, text in texts.items()}
    with new_folder(folder) as draft:
        (draft / PUBLIC).mkdir()
        (draft / PRIVATE).mkdir(0o700)  # other accounts of a machine may be participants'
        for name, content in contents.items():
            (draft / name).write_bytes(content)
    return made


def _reading(labels: Path, classes: Sequence[str]) -> Reading:
    """How to read labels of these classes: as a challenge that has them and no set yet.

    Raises DataError, naming the label file, where one can't be the name of a class.
    """
    text = _toml("Labels", classes, {ONE_SET: 1})
    try:
        return Reading(challenge=challenge_of(tomllib.loads(text), labels))
    except DataError as error:
        raise DataError(
            "these labels can't be the classes of a challenge",
            where=labels,
            found=error.found,
            expected=error.expected,
            do="write other labels for them",
        ) from error


def _divided(known: Manifest, asked: NewChallenge) -> list[Case]:
    """The cases by ID, whose order tells nothing, each in its set."""
    ordered = sorted(known, key=lambda case: natural_order(case.case_id))
    named = known.splits() != [OWN_SPLIT]
    if named and asked.public_share:
        raise UsageError(
            "the label file divides the cases already",
            found=", ".join(known.splits()),
            expected="either its column split, or a public share",
            do="leave --public-share out, or remove the column",
        )
    public = _drawn(ordered, asked) if asked.public_share else frozenset()
    sets = {True: OPEN_SET, False: CLOSED_SET if asked.public_share else ONE_SET}
    return [
        Case(
            case.case_id,
            case.label,
            case.split if named else sets[case.case_id in public],
            "organisers",
            OFFICIAL,
        )
        for case in ordered
    ]


def _drawn(cases: Sequence[Case], asked: NewChallenge) -> frozenset[str]:
    """The cases of the public set: of each class its share, one at least, drawn with the seed."""
    random = Random(asked.seed)  # noqa: S311 - which cases are public is no secret
    drawn: set[str] = set()
    for label in dict.fromkeys(case.label for case in cases):
        own = [case.case_id for case in cases if case.label == label]
        count = min(max(1, round(asked.public_share * len(own))), max(1, len(own) - 1))
        drawn.update(random.sample(own, count))
    return frozenset(drawn)


def _rows(cases: Sequence[Case], *, labels: bool) -> str:
    rows = ((c.case_id, c.label if labels else "", c.split, c.source, c.certainty) for c in cases)
    return csv_text([COLUMNS, *rows])


def challenge_toml(title: str, classes: Sequence[str], cases: Sequence[Case]) -> str:
    """The challenge file of these cases; it names sets and their sizes, and no label of a case."""
    sizes = dict.fromkeys([OPEN_SET] if any(one.split == OPEN_SET for one in cases) else [], 0)
    for case in cases:
        sizes[case.split] = sizes.get(case.split, 0) + 1
    return _toml(title, classes, sizes)


def _toml(title: str, classes: Sequence[str], sizes: Mapping[str, int]) -> str:
    named = "".join(
        f"\n[[classes]]\nname = {_text(name)}\ncolumn = {_text(_column(name, number))}\n"
        for number, name in enumerate(classes, start=1)
    )
    sets = "".join(
        f"\n[[sets]]\nname = {_text(name)}\nsize = {size}\nranked = true\n"
        f"public = {'false' if name == CLOSED_SET else 'true'}\n"
        for name, size in sizes.items()
    )
    return (
        "# A challenge: what spgc reads with --challenge. Nothing in this file is secret.\n\n"
        f"format = 1\ntitle = {_text(title)}\ncases = [{_text(CASES)}]\ntruth = {_text(TRUTH)}\n"
        "# opens = 2030-01-01\n# closes = 2030-02-01\n"
        f"{named}{sets}\n"
        '[ranking]\nrule = "accuracy"  # or "balanced accuracy"\ncounted = "last"  # or "best"\n\n'
        f"[limits]\nsubmissions = {SUBMISSIONS}  # of a team in all\nper_day = {PER_DAY}\n\n"
        "# What a team is shown of each submission: none, ladder, hits, sets, or classes.\n"
        '[feedback]\nshown = "ladder"\n'
    )


def _text(text: str) -> str:
    """A string of TOML: JSON's are among them."""
    return json.dumps(text, ensure_ascii=False)


def _column(name: str, number: int) -> str:
    """The column of a class's probability: by its name, or its number where that has no letter."""
    return default_column(name) if name.isascii() else f"p_class_{number}"
