"""Checking a kit without its platform: files, labels in public parts, and a trial of its scorer."""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from spgc.errors import DataError
from spgc.kits.kit_kinds import KITS
from spgc.kits.kit_material import limits_shown
from spgc.kits.platform_kit import PlatformKit
from spgc.kits.written_kit import PUBLIC, WrittenKit, read_kit
from spgc.organising.check_challenge import ChallengeFinding
from spgc.organising.label_scan import labels_told, paths_told
from spgc.text.shortened import some

BROKEN = b"Study,Label\nno such case,no such class\n"
"""A submission that every scorer refuses."""


_OTHER = (ValueError, LookupError, TypeError, AttributeError, SyntaxError, RecursionError)
"""What comes of files, and of results of the kit's program, that hold something else."""


@dataclass(frozen=True)
class KitCheck:
    """All findings on a kit."""

    kit: WrittenKit
    platform: PlatformKit
    findings: tuple[ChallengeFinding, ...]

    @property
    def good(self) -> bool:
        return not any(one.weight == "wrong" for one in self.findings)

    def as_dict(self) -> dict[str, object]:
        return {
            "schema": "spgc-kit-check/1",
            "kind": self.platform.name,
            "platform": self.platform.title,
            "good": self.good,
            "findings": [one.as_dict() for one in self.findings],
        }


def check_kit(folder: Path, today: date | None = None) -> KitCheck:
    """Everything that can be checked without the platform. Raises DataError for no kit.

    today: in UTC, the current day without.
    """
    kit = read_kit(folder)
    if kit.kind not in KITS:
        raise DataError(
            "kit of an unknown platform", where=folder, found=kit.kind, expected=" | ".join(KITS)
        )
    platform = KITS[kit.kind]
    return KitCheck(kit, platform, tuple(_findings(kit, platform, today)))


def _findings(
    kit: WrittenKit, platform: PlatformKit, today: date | None
) -> Iterator[ChallengeFinding]:
    try:
        missing = list(_missing(kit))
        yield from missing
        if any(one.weight == "wrong" for one in missing):
            return
        yield from (ChallengeFinding("wrong", fault) for fault in platform.faults(kit))
        yield from _leaks(kit)
        yield from _trials(kit, platform)
        yield from _days(kit, today or datetime.now(UTC).date())
        alike = platform.ranks_alike(kit.challenge)
        yield ChallengeFinding("fact" if alike else "doubtful", platform.final_said(kit.challenge))
        made = limits_shown(kit.truth, kit.shown or kit.challenge.feedback)
    except DataError as error:
        yield ChallengeFinding("wrong", str(error))
        return
    except _OTHER as error:
        found = f"{type(error).__name__}: {error}"[:200]
        yield ChallengeFinding("wrong", f"a file is not of the form that spgc writes: {found}")
        return
    yield from (ChallengeFinding("fact", line) for line in made.facts)
    yield from (ChallengeFinding("doubtful", line) for line in made.warnings)


def _days(kit: WrittenKit, today: date) -> Iterator[ChallengeFinding]:
    """A challenge whose last day is over."""
    closes = kit.challenge.closes
    if closes and closes < today:
        yield ChallengeFinding(
            "doubtful",
            f"the challenge closed on {closes}: the platform takes no submission, or the page for "
            "participants is wrong; change the dates in challenge.toml and make the kit anew",
        )


def _missing(kit: WrittenKit) -> Iterator[ChallengeFinding]:
    """Files that are missing, changed, or there without being in the list."""
    changed = []
    for one in kit.files:
        try:
            data = kit.read(one.name)
        except DataError as error:
            yield ChallengeFinding("wrong", f"{one.name}: {error.found or error.what}")
            continue
        if hashlib.sha256(data).hexdigest() != one.sha256:
            changed.append(one.name)
    if changed:
        yield ChallengeFinding("fact", f"changed since spgc wrote them: {some(changed)}")


def _leaks(kit: WrittenKit) -> Iterator[ChallengeFinding]:
    """Public parts that tell labels, files that were added to the public folder included."""
    listed = kit.names("public")
    added = [
        path.relative_to(kit.folder).as_posix()
        for path in sorted((kit.folder / PUBLIC).rglob("*"))
        if path.is_file()
    ]
    if told := paths_told(added, kit.truth):
        yield ChallengeFinding("wrong", f"names of files, which participants see, {told}")
    for name in dict.fromkeys([*listed, *added]):
        if told := labels_told(kit.read(name), kit.truth):
            yield ChallengeFinding("wrong", f"{name}, which participants see, {told}")


def _trials(kit: WrittenKit, platform: PlatformKit) -> Iterator[ChallengeFinding]:
    """Two runs of what the platform would run: the example is scored, a broken file refused."""
    with tempfile.TemporaryDirectory() as scratch:
        example = kit.read(f"{PUBLIC}/example.csv")
        for number, (what, data) in enumerate(
            (("the example", example), ("a broken file", BROKEN))
        ):
            place = Path(scratch) / str(number)
            place.mkdir()
            done = platform.trial(kit, data, place)
            if done.skipped:
                yield ChallengeFinding("fact", f"not run: {done.skipped}")
                return
            if number == 0 and (done.reason or done.score is None or not math.isfinite(done.score)):
                found = done.reason or "no finite score"
                yield ChallengeFinding("wrong", f"the scorer does not score {what}: {found}")
            elif number == 1 and not done.reason:
                yield ChallengeFinding("wrong", f"the scorer does not refuse {what}")
            else:
                end = f"refused: {done.reason}" if done.reason else "scored"
                yield ChallengeFinding("fact", f"{what} is {end}")
