"""Agreement of several systems, and the scans that they get wrong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from spgc.board.published_answers import published_answers
from spgc.challenge.definition import Challenge
from spgc.data.manifests import NOT_THE_CHALLENGES, OWN_LABEL, SYNTHETIC_LABEL, Manifest
from spgc.errors import SubmissionError
from spgc.scoring.group import OWN_SCANS
from spgc.scoring.scored_cases import refuse_unlabelled
from spgc.text.synthetic import SYNTHETIC

ClassByCase = Mapping[str, str]
"""A system's classes by case ID."""


@dataclass(frozen=True)
class AnsweredScan:
    """One scan; `answers` in the order of the systems."""

    case: str
    split: str
    truth: str
    answers: tuple[str, ...]

    @property
    def right(self) -> tuple[int, ...]:
        """Positions of the systems that have it right."""
        return tuple(i for i, answer in enumerate(self.answers) if answer == self.truth)


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa of two systems, by position; None where chance alone would agree always."""

    a: int
    b: int
    agreed: int
    scans: int
    value: float | None


@dataclass(frozen=True)
class Agreement:
    """Systems, the best first, on all scans of `splits`; yours: positions of the user's systems."""

    splits: tuple[str, ...]
    systems: tuple[str, ...]
    yours: frozenset[int]
    scans: tuple[AnsweredScan, ...]
    kappas: tuple[Kappa, ...]
    foreign: str | None = None
    challenge: Challenge = field(kw_only=True, repr=False, compare=False)

    @property
    def missed_by_all(self) -> list[AnsweredScan]:
        return [scan for scan in self.scans if not scan.right]

    @property
    def only_one_right(self) -> list[AnsweredScan]:
        return [scan for scan in self.scans if len(scan.right) == 1]

    def parts(self) -> Iterator[tuple[str, str, list[AnsweredScan]]]:
        """Split, true class and scans, for each class that a split holds."""
        for split in self.splits:
            for name in self.challenge.names:
                scans = [s for s in self.scans if (s.split, s.truth) == (split, name)]
                if scans:
                    yield split, name, scans

    def as_dict(self) -> dict[str, Any]:
        named = self.systems
        return {
            "schema": "spgc-agreement/2",
            "sets": list(self.splits),
            "systems": [{"name": n, "yours": i in self.yours} for i, n in enumerate(named)],
            "foreign": self.foreign,
            "missed_by_all": [scan.case for scan in self.missed_by_all],
            "only_one_right": {s.case: named[s.right[0]] for s in self.only_one_right},
            "kappa": [
                {
                    "a": named[k.a],
                    "b": named[k.b],
                    "agreed": k.agreed,
                    "scans": k.scans,
                    "kappa": k.value,
                }
                for k in self.kappas
            ],
            "scans": [
                {
                    "case": s.case,
                    "set": s.split,
                    "truth": s.truth,
                    "answers": list(s.answers),
                    "right": len(s.right),
                }
                for s in self.scans
            ],
        }


def agreement(
    given: Sequence[tuple[str, ClassByCase]], manifest: Manifest, split: str | None = None
) -> Agreement:
    """The user's systems by name, and all published answers, on `split`.

    Without `split`: the ranked sets, or else the first set that all of the user's systems
    answer. A published system that does not answer all of it is left out. Raises SubmissionError
    when one of the user's does not, or when fewer than two systems are left, DataError when a case
    has no known label.
    """
    yours = _apart(given, manifest.challenge)
    splits = manifest.splits_named(split) if split else _shared(yours, manifest)
    cases = [case for name in splits for case in manifest.split(name)]
    refuse_unlabelled(" and ".join(splits), cases)
    for name, answers in yours.items():
        missing = [case.case_id for case in cases if case.case_id not in answers]
        if missing:
            raise SubmissionError(
                f"not all of {' and '.join(splits)} is covered",
                where=name,
                found=f"{len(missing)} missing cases, the first is {missing[0]}",
                expected=f"all {len(cases)}",
                do="name a --split that every file covers",
            )
    known = {**_published(cases_of=[c.case_id for c in cases], manifest=manifest), **yours}
    if len(known) < 2:
        raise SubmissionError(
            "fewer than two systems to compare",
            found=" and ".join(known) or "none",
            expected=f"two that cover {' and '.join(splits)}",
            do="give your own files",
        )
    truth = {case.case_id: case.label or "" for case in cases}
    names = sorted(known, key=lambda n: -sum(known[n][c] == label for c, label in truth.items()))
    scans = tuple(
        AnsweredScan(c.case_id, c.split, c.label or "", tuple(known[n][c.case_id] for n in names))
        for c in cases
    )
    return Agreement(
        tuple(splits),
        tuple(names),
        frozenset(i for i, n in enumerate(names) if n in yours),
        scans,
        tuple(kappas(scans, len(names))),
        _foreign([c.certainty for c in cases]),
        challenge=manifest.challenge,
    )


def _apart(
    given: Sequence[tuple[str, ClassByCase]], challenge: Challenge
) -> dict[str, ClassByCase]:
    """The user's systems under names that no other system has."""
    made: dict[str, ClassByCase] = {}
    taken = {one.team for one in published_answers(challenge)}
    for name, answers in given:
        own, number = name, 1
        while own in made or own in taken:
            number += 1
            own = f"{name} ({number})"
        made[own] = answers
    return made


def _foreign(certainties: Sequence[str]) -> str | None:
    if SYNTHETIC_LABEL in certainties:
        return SYNTHETIC
    return OWN_SCANS if OWN_LABEL in certainties else None


def _shared(yours: Mapping[str, ClassByCase], manifest: Manifest) -> tuple[str, ...]:
    """The ranked sets where all of the user's systems answer them, else what they all answer."""
    overall = manifest.challenge.overall
    pools = [*([overall.sets] if overall else []), *((name,) for name in manifest.splits())]
    for splits in pools:
        parts = [[case.case_id for case in manifest.split(name)] for name in splits]
        cases = [case for part in parts for case in part]
        if all(parts) and all(case in answers for answers in yours.values() for case in cases):
            return splits
    raise SubmissionError(
        "the files share no split",
        found="different cases",
        expected="predictions for the same cases",
        do="give files of one split",
    )


def _published(cases_of: Sequence[str], manifest: Manifest) -> dict[str, ClassByCase]:
    """Published systems that answer all of these cases; none where the scans are others'."""
    if any(manifest[case].certainty in NOT_THE_CHALLENGES for case in cases_of):
        return {}
    return {
        one.team: one.submission.predictions
        for one in published_answers(manifest.challenge)
        if all(case in one.submission.predictions for case in cases_of)
    }


def kappas(scans: Sequence[AnsweredScan], systems: int) -> Iterator[Kappa]:
    """Cohen's kappa of every two systems."""
    for a, b in combinations(range(systems), 2):
        agreed = sum(scan.answers[a] == scan.answers[b] for scan in scans)
        one, two = (Counter(scan.answers[i] for scan in scans) for i in (a, b))
        yield Kappa(a, b, agreed, len(scans), cohens_kappa(agreed, one, two))


def cohens_kappa(agreed: int, one: Mapping[str, int], two: Mapping[str, int]) -> float | None:
    """Agreement beyond chance (Cohen, Educ. Psychol. Meas. 1960, 20, 37), unweighted.

    agreed: scans with the same answer; one, two: how often each system gave each answer. None
    where both gave one and the same answer to every scan.
    """
    total = sum(one.values())
    by_chance = sum(count * two.get(name, 0) for name, count in one.items())
    if by_chance == total * total:
        return None
    return (agreed * total - by_chance) / (total * total - by_chance)
