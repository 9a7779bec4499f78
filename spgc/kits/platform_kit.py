"""What a kit of a platform is: its files, what it checks of them, and what to do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spgc.kits.kit_files import KitFile
from spgc.kits.kit_material import KitMaterial
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


@dataclass(frozen=True)
class PlatformKit:
    """A kit of one platform.

    name: on the command line; title: of the platform; steps: how to upload it; shown: what it may
    show of a submission while the challenge runs; files: those of the kit; notes: what was decided
    for this platform, a sentence each; faults: what is wrong with a kit on disk that only this
    platform asks for, a sentence each; trial: scores the bytes of one submission as the platform
    would, in an empty folder.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    shown: Callable[[KitMaterial], ShownScores]
    files: Callable[[KitMaterial, ShownScores], Sequence[KitFile]]
    notes: Callable[[KitMaterial, ShownScores], Sequence[str]]
    faults: Callable[[WrittenKit], Iterator[str]]
    trial: Callable[[WrittenKit, bytes, Path], TrialRun]
