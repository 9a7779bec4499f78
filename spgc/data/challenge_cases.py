"""The cases of a challenge: those that participants know, with classes where the truth is here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from spgc.challenge.challenge_file import PRIVATE, PUBLIC, find_challenge
from spgc.challenge.definition import Challenge
from spgc.data.manifests import Case, Manifest, merge, read_manifest, read_manifests
from spgc.errors import DataError


def challenge_folder(challenge: Challenge) -> Path:
    """The folder in which a challenge's file lies: what participants get."""
    if challenge.source is None:
        raise DataError(
            "this challenge comes with spgc and has no folder of its own",
            where=challenge.title,
            expected="a challenge that is named with --challenge",
        )
    return find_challenge(challenge.source).parent


def truth_place(challenge: Challenge) -> Path:
    """Where the truth is kept: in the folder `private`, never among what participants get.

    It lies beside the folder `public` where the challenge's file lies in one, else below the
    file's own folder.
    """
    folder = challenge_folder(challenge)
    root = folder.resolve().parent if folder.resolve().name == PUBLIC else folder
    return root / PRIVATE / (challenge.truth or "truth.csv")


def challenge_manifest(challenge: Challenge, manifests: Path | None = None) -> Manifest:
    """The cases of a challenge, with their classes where the truth is here.

    manifests: a folder of the user's own that is read instead.

    Raises DataError for a case in a set that the challenge has not, a set of another size than its
    file says, and a truth that names other cases than participants know.
    """
    if challenge.shipped or manifests is not None:
        return read_manifests(manifests, challenge)
    known = public_cases(challenge)
    place = truth_place(challenge)
    if not place.is_file():
        return known
    truth = read_manifest(place, challenge)
    for case in truth:
        if case.label is None:
            raise DataError(
                f"no class for case {case.case_id}",
                where=place,
                expected=" | ".join(challenge.names),
                do="give every case a class",
            )
    _same_cases(known, truth, place)
    return replace(truth, words=challenge.options)


def public_cases(challenge: Challenge) -> Manifest:
    """The cases that participants know. Raises DataError as `challenge_manifest` does."""
    folder = challenge_folder(challenge)
    if not challenge.cases:
        raise DataError(
            "the challenge names no file of its cases",
            where=folder,
            expected='cases = ["cases.csv"]',
            do="add it to the challenge file",
        )
    parts = [read_manifest(folder / name, challenge) for name in challenge.cases]
    known = replace(merge(parts, challenge, folder), words=challenge.options)
    for case in known:
        _refuse_unknown_set(case, challenge, folder)
    for name, one in challenge.sets.items():
        found = len(known.split(name))
        if found and found != one.size:
            raise DataError(
                f"set {name} has another size than the challenge says",
                where=folder,
                found=f"{found} cases",
                expected=str(one.size),
                do="correct the challenge file or the list of cases",
            )
    return known


def _refuse_unknown_set(case: Case, challenge: Challenge, folder: Path) -> None:
    if case.split not in challenge.sets:
        raise DataError(
            f"case {case.case_id} is in a set that the challenge has not",
            where=folder,
            found=case.split,
            expected=" | ".join(challenge.sets),
            do="name the set in the challenge file, or put the case into one of its sets",
        )


def _same_cases(known: Manifest, truth: Manifest, place: Path) -> None:
    """Refuse a truth that is of other cases, or divides them otherwise."""
    for one, other in ((known, truth), (truth, known)):
        for case in one:
            if case.case_id not in other or other[case.case_id].split != case.split:
                elsewhere = other[case.case_id].split if case.case_id in other else "in one alone"
                raise DataError(
                    "the truth is not of the cases that participants know",
                    where=place,
                    found=f"{case.case_id}, {case.split} and {elsewhere}",
                    expected="the same cases in the same sets",
                    do="make both from one label file: spgc challenge init",
                )
