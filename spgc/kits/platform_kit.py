"""What a kit of a platform is: its files, what it checks of them, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spgc.challenge.definition import Challenge, CountedSubmission
from spgc.kits.kit_files import KitFile
from spgc.kits.kit_material import KitMaterial
from spgc.kits.part_scores import sets_by_phase
from spgc.kits.shown_scores import ShownScores
from spgc.kits.written_kit import WrittenKit


@dataclass(frozen=True)
class TrialRun:
    """One submission scored as the platform scores it.

    score: what the platform would rank by; reason: why the submission was refused, as its team
    sees it; skipped: why nothing could be run here.
    """

    score: float | None = None
    reason: str | None = None
    skipped: str | None = None


def as_the_challenge_says(challenge: Challenge, shown: ShownScores) -> CountedSubmission:
    """Which of a team's submissions counts on a platform that can do either."""
    return challenge.ranking.counted


@dataclass(frozen=True)
class PlatformKit:
    """A kit of one platform.

    name: on the command line; title: of the platform; steps: how to upload it; shown: what it may
    show of a submission while the challenge runs; files: those of the kit; notes: what was decided
    for this platform, a sentence each; faults: what is wrong with a kit on disk that only this
    platform asks for, a sentence each; trial: scores the bytes of one submission as the platform
    would, in an empty folder; private_alone: whether private sets alone rank at the end where there
    are some, and not all ranked sets together; selected: whether teams select there which of their
    submissions counts; counted: which one does where they don't.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    shown: Callable[[KitMaterial], ShownScores]
    files: Callable[[KitMaterial, ShownScores], Sequence[KitFile]]
    notes: Callable[[KitMaterial, ShownScores], Sequence[str]]
    faults: Callable[[WrittenKit], Iterator[str]]
    trial: Callable[[WrittenKit, bytes, Path], TrialRun]
    private_alone: bool = False
    selected: bool = False
    counted: Callable[[Challenge, ShownScores], CountedSubmission] = as_the_challenge_says

    def final_sets(self, challenge: Challenge) -> tuple[str, ...]:
        """The sets that rank at the end."""
        return sets_by_phase(challenge)[1] if self.private_alone else challenge.ranked

    def ranks_alike(self, challenge: Challenge) -> bool:
        """Whether the same sets rank at the end as in `spgc challenge score`."""
        return self.final_sets(challenge) == challenge.ranked

    def final_said(self, challenge: Challenge) -> str:
        """What ranks at the end, as a sentence."""
        sets = " and ".join(self.final_sets(challenge))
        if self.ranks_alike(challenge):
            return f"At the end this ranks: {sets}, as in spgc challenge score."
        return (
            f"At the end {self.title} ranks by {sets} alone; spgc challenge score ranks by "
            f"{' and '.join(challenge.ranked)} together, so ranks may differ. Tell participants "
            "which ranking counts."
        )
