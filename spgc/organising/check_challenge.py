"""What is wrong with a challenge, or worth knowing before it opens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from spgc.challenge.challenge_file import FILE_NAME, read_challenge
from spgc.challenge.definition import Challenge
from spgc.data.challenge_cases import challenge_folder, public_cases, truth_place
from spgc.data.manifests import Manifest, read_manifest
from spgc.disclosure.limit_check import check_limits
from spgc.errors import DataError, SpgcError
from spgc.files.json_documents import read_limited
from spgc.organising.label_scan import is_text, labels_told, paths_told
from spgc.organising.label_words import likely_misspelt
from spgc.organising.names_that_tell import blocks_of_classes, cases_that_name, telling_part
from spgc.organising.participants_page import PAGE, rule_lines
from spgc.organising.right_form import right_form_fault
from spgc.scoring.intervals import clopper_pearson
from spgc.text.shortened import some

Weight = Literal["wrong", "doubtful", "fact"]

MAX_PAGE = 2**20
"""Bytes of a page that is read."""

MAX_LOOKED_AT = 16 * 2**20
"""Bytes of a file in which labels are looked for."""

FEW = 5
"""Cases of a class below which its sensitivity says next to nothing."""


@dataclass(frozen=True)
class ChallengeFinding:
    """`wrong` has to be corrected before the challenge opens; `doubtful` is for its organisers."""

    weight: Weight
    what: str

    def as_dict(self) -> dict[str, str]:
        return {"weight": self.weight, "what": self.what}


@dataclass(frozen=True)
class ChallengeCheck:
    """All findings on a challenge."""

    challenge: Challenge
    findings: tuple[ChallengeFinding, ...]

    @property
    def good(self) -> bool:
        return not any(one.weight == "wrong" for one in self.findings)

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-challenge-check/1",
            "title": self.challenge.title,
            "challenge": f"{self.challenge.key}@{self.challenge.digest}",
            "good": self.good,
            "findings": [one.as_dict() for one in self.findings],
        }


def check(folder: Path, *, disclosure: bool = True, today: date | None = None) -> ChallengeCheck:
    """Everything that is wrong with a challenge. Raises DataError for a file that is none.

    disclosure: with its budget, which takes some seconds; today: in UTC, the current day without.
    """
    challenge = read_challenge(folder)
    day = today or datetime.now(UTC).date()
    over = _over(challenge, day)
    return ChallengeCheck(challenge, (*over, *_findings(challenge, disclosure=disclosure)))


def _over(challenge: Challenge, today: date) -> Iterator[ChallengeFinding]:
    if challenge.closes and challenge.closes < today:
        what = f"closes = {challenge.closes} is over: a server would take no submission"
        yield ChallengeFinding("doubtful", what)


def _findings(challenge: Challenge, *, disclosure: bool) -> Iterator[ChallengeFinding]:
    try:
        known = public_cases(challenge)
    except SpgcError as error:
        yield ChallengeFinding("wrong", str(error))
        return
    for name in challenge.sets:
        if not known.split(name):
            yield ChallengeFinding(
                "wrong", f"set {name} has no case in {', '.join(challenge.cases)}"
            )
    place = truth_place(challenge)
    if not place.is_file():
        yield ChallengeFinding("wrong", f"no truth: {place} is missing, so nothing can be scored")
        return
    try:
        truth = read_manifest(place, challenge)
    except SpgcError as error:
        yield ChallengeFinding("wrong", str(error))
        return
    yield from _truth(known, truth)
    yield from _leaks(challenge, truth)
    yield from _names_that_tell(challenge, known, truth)
    yield from _counts(challenge, truth)
    yield from _sizes(challenge, truth)
    yield from _page(challenge)
    if fault := right_form_fault(known):
        yield ChallengeFinding("wrong", fault)
    if disclosure:
        yield from _disclosure(truth)


def _truth(known: Manifest, truth: Manifest) -> Iterator[ChallengeFinding]:
    lacking = [case.case_id for case in known if case.case_id not in truth]
    further = [case.case_id for case in truth if case.case_id not in known]
    unlabelled = [case.case_id for case in truth if case.label is None]
    moved = [c.case_id for c in known if c.case_id in truth and truth[c.case_id].split != c.split]
    for what, cases in (
        ("cases without a class in the truth", [*lacking, *unlabelled]),
        ("cases of the truth that participants don't know", further),
        ("cases in another set in the truth", moved),
    ):
        if cases:
            yield ChallengeFinding("wrong", f"{len(cases)} {what}: {some(cases)}")


def _leaks(challenge: Challenge, truth: Manifest) -> Iterator[ChallengeFinding]:
    """Files among what participants get that tell classes, in whatever form, or can't be read."""
    unread = []
    folder = challenge_folder(challenge)
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if told := paths_told((path.relative_to(folder).as_posix() for path in paths), truth):
        yield ChallengeFinding("wrong", f"names of files, which participants get, {told}")
    for path in paths:
        try:
            data = read_limited(path, MAX_LOOKED_AT)
        except (OSError, ValueError):
            unread.append(path.name)
            continue
        if told := labels_told(data, truth):
            yield ChallengeFinding("wrong", f"{path.name}, which participants get, {told}")
        elif data and not is_text(data):
            unread.append(path.name)
    if unread:
        yield ChallengeFinding(
            "doubtful",
            "labels were not looked for in files that participants get and that are no text, or "
            f"too large: {some(unread)}",
        )


def _names_that_tell(
    challenge: Challenge, known: Manifest, truth: Manifest
) -> Iterator[ChallengeFinding]:
    """Case IDs that hold the name of their class, or of which a part or the order goes with it."""
    if named := cases_that_name(truth):
        yield ChallengeFinding("wrong", f"case IDs name the class: {some(named)}")
        return
    if part := telling_part(truth):
        yield ChallengeFinding("wrong", f"{part[0]} tells its class: {some(part[1])}")
        return
    shown = [case.case_id for case in known if case.case_id in truth]
    told = blocks_of_classes(shown, truth)
    files = ", ".join(challenge.cases)
    if told == "blocks":
        yield ChallengeFinding(
            "wrong", f"the cases of each class stand in one block of {files}: number them by chance"
        )
    elif told:
        yield ChallengeFinding(
            "doubtful", f"cases of one class follow each other in {files} more than by chance"
        )


def _sizes(challenge: Challenge, truth: Manifest) -> Iterator[ChallengeFinding]:
    for name in challenge.sets:
        cases = truth.split(name)
        if not cases:
            continue
        counts = Counter(case.label for case in cases)
        parts = ", ".join(f"{label} {counts[label]}" for label in challenge.names)
        low, high = clopper_pearson(round(0.8 * len(cases)), len(cases))
        yield ChallengeFinding(
            "fact",
            f"{name}: {len(cases)} cases ({parts}); an accuracy of 80 % has the 95 % interval "
            f"{100 * low:.0f} to {100 * high:.0f} %",
        )
        few = [label for label in challenge.names if counts[label] < FEW]
        if few:
            yield ChallengeFinding(
                "doubtful", f"{name}: fewer than {FEW} cases of {', '.join(few)}"
            )


def _counts(challenge: Challenge, truth: Manifest) -> Iterator[ChallengeFinding]:
    """Classes that may be one, and sets whose cases per class are not those that the file says."""
    of_all = Counter(case.label for case in truth)
    for rare, meant in likely_misspelt({name: of_all[name] for name in challenge.names}, FEW):
        what = f"{rare} has so few cases ({of_all[rare]}) that it may be {meant} misspelt"
        yield ChallengeFinding("doubtful", what)
    for name, one in challenge.sets.items():
        counts = Counter(case.label for case in truth.split(name))
        found = tuple(counts[label] for label in challenge.names)
        if one.counts and found != one.counts:
            yield ChallengeFinding(
                "wrong", f"{name}: cases per class are {list(found)}, scans says {list(one.counts)}"
            )


def _page(challenge: Challenge) -> Iterator[ChallengeFinding]:
    """Rules of the challenge file that the participants' page does not state."""
    path = challenge_folder(challenge) / PAGE
    if not path.is_file():
        return
    try:
        told = read_limited(path, MAX_PAGE).decode("utf-8").splitlines()
    except (OSError, ValueError):
        told = []
    lacking = [line for line in rule_lines(challenge) if line not in told]
    if lacking:
        yield ChallengeFinding(
            "doubtful",
            f"{path.name} does not say what {FILE_NAME} does: {some(lacking)} "
            "(spgc challenge page prints it anew)",
        )


def _disclosure(truth: Manifest) -> Iterator[ChallengeFinding]:
    """What the submissions that are allowed give away of the labels."""
    try:
        made = check_limits(truth)
    except DataError:  # a case without a class, which is among the findings already
        return
    yield from (ChallengeFinding("fact", line) for line in made.facts)
    yield from (ChallengeFinding("doubtful", line) for line in made.warnings)
