"""`spgc serve init`: a challenge checked and copied into one file, its parts drawn."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from spgc.challenge.challenge_file import FILE_NAME, read_challenge
from spgc.challenge.definition import Challenge
from spgc.data.challenge_cases import challenge_folder, challenge_manifest
from spgc.data.manifests import Manifest
from spgc.disclosure.limit_check import LimitCheck, check_limits
from spgc.errors import DataError, UsageError
from spgc.files.hashes import facts_digest
from spgc.files.json_documents import read_limited
from spgc.organising.check_challenge import check
from spgc.organising.new_challenge import EXAMPLE
from spgc.organising.participants_page import PAGE, participants_page
from spgc.serving.case_parts import CaseParts, divided
from spgc.serving.database import create
from spgc.serving.event_log import append, stamp, utc_now
from spgc.serving.part_counts import final_said
from spgc.serving.served_challenge import Served

INVALID_PER_HOUR = 20
"""Files of a team that can't be read, per hour, unless another number is asked for."""

MOST_FILE_BYTES = 64 * 2**20
"""Of one file for participants."""


@dataclass(frozen=True)
class NewServer:
    """What is asked for: the challenge's folder, and how its cases are divided.

    public_share: where the challenge has no private set; seed: of that division, drawn without one;
    show_classes: hits per class may be shown however much they give away.
    """

    challenge: Path
    public_share: float | None = None
    seed: int | None = None
    invalid_per_hour: int = INVALID_PER_HOUR
    show_classes: bool = False


@dataclass(frozen=True)
class MadeServer:
    """What was made: the challenge and its parts."""

    served: Served
    parts: CaseParts

    @cached_property
    def limits(self) -> LimitCheck:
        """What the scores that are shown give away; takes some seconds."""
        return check_limits(self.served.part(public=True))


def init_server(path: Path, asked: NewServer) -> MadeServer:
    """Make the file of a served challenge.

    Raises UsageError where the file is there already, DataError for a challenge that its own check
    finds wrong, and for feedback per class that gives too much away, unless it was asked for twice.
    """
    challenge, manifest = _checked(asked.challenge)
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    parts = divided(challenge, list(manifest), asked.public_share, seed)
    files = _files(challenge)
    served = Served(
        challenge,
        tuple(manifest),
        tuple(parts.public.get(case.case_id) for case in manifest),
        parts.drawn,
        asked.invalid_per_hour,
        files,
    )
    if parts.drawn and files.get(PAGE) == participants_page(challenge).encode():
        # That page knows nothing of parts; one that the organiser has changed is theirs.
        page = participants_page(challenge, final_said(served)).encode()
        served = replace(served, files={**files, PAGE: page})
    made = MadeServer(served, parts)
    if challenge.feedback == "classes" and not asked.show_classes and not made.limits.good:
        raise DataError(
            "feedback per class gives too much away",
            where=FILE_NAME,
            found="; ".join(made.limits.warnings),
            expected='shown = "ladder", or fewer submissions',
            do="change it, or say --show-classes as well",
        )
    _write(path, served, parts)
    return made


def _checked(folder: Path) -> tuple[Challenge, Manifest]:
    """A challenge that nothing is wrong with, and its cases with their classes."""
    challenge = read_challenge(folder)
    wrong = [one.what for one in check(folder, disclosure=False).findings if one.weight == "wrong"]
    if wrong:
        raise DataError(
            "this challenge can't be served",
            where=folder,
            found=wrong[0],
            expected="a challenge without faults",
            do=f"spgc challenge check {folder}",
        )
    if not challenge.ranked:
        raise DataError(
            "this challenge ranks nothing",
            where=folder,
            found="no set with ranked = true",
            expected="one at least",
            do=f"mark the sets that rank in {FILE_NAME}",
        )
    return challenge, challenge_manifest(challenge)


def _files(challenge: Challenge) -> Mapping[str, bytes]:
    """What participants get, by name; the example and the page where there are some."""
    folder = challenge_folder(challenge)
    names = [FILE_NAME, *challenge.cases]
    names += [name for name in (EXAMPLE, PAGE) if (folder / name).is_file()]
    made = {}
    for name in dict.fromkeys(names):
        try:
            made[name] = read_limited(folder / name, MOST_FILE_BYTES)
        except (OSError, ValueError) as error:
            raise DataError("can't read a file for participants", where=folder / name) from error
    return made


def _write(path: Path, served: Served, parts: CaseParts) -> None:
    challenge = served.challenge
    if len(served.cases) > MOST_CASES:
        raise UsageError(
            "too many cases to serve",
            found=f"{len(served.cases):,}",
            expected=f"{MOST_CASES:,} at most: a submission has 256 KB",
        )
    with create(path) as connection:
        facts = {"drawn": str(int(parts.drawn)), "invalid_per_hour": str(served.invalid_per_hour)}
        connection.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
        connection.executemany("INSERT INTO files VALUES (?, ?)", served.files.items())
        rows = zip(served.cases, served.public, strict=True)
        connection.executemany(
            "INSERT INTO cases (name, set_name, label, certainty, public) VALUES (?, ?, ?, ?, ?)",
            [
                (c.case_id, c.split, c.label, c.certainty, None if p is None else int(p))
                for c, p in rows
            ],
        )
        append(
            connection,
            stamp(utc_now()),
            "init",
            challenge=f"{challenge.key}@{challenge.digest}",
            copied=copied_digest(served),
            parts=parts.as_dict(),
            invalid_per_hour=served.invalid_per_hour,
        )


MOST_CASES = 20_000
"""With more, a submission would not fit into what a server takes."""


def copied_digest(served: Served, *, certainty: bool = True) -> str:
    """One hash for all that was copied: files, cases, classes, their certainty and parts.

    certainty: False for the hash that the first files have, which leaves it out.
    """
    return facts_digest(
        {
            "files": {name: facts_digest({"content": f.hex()}) for name, f in served.files.items()},
            "cases": [
                [case.case_id, case.split, case.label, *[case.certainty] * certainty, part]
                for case, part in zip(served.cases, served.public, strict=True)
            ],
            "drawn": served.drawn,
            "invalid_per_hour": served.invalid_per_hour,
        }
    )
