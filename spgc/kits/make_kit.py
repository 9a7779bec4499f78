"""Writing the kit of a platform: its files, what is in every kit, and how to upload it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spgc.kits.kit_files import KitFile, refuse_filled_kit, text_file, write_kit
from spgc.kits.kit_material import KitMaterial, read_material
from spgc.kits.platform_kit import PlatformKit
from spgc.kits.written_kit import PUBLIC, TRUTH, list_of
from spgc.text.markdown import plain

GUIDE = "UPLOAD.md"

_IGNORED = f"# Labels are in here: only what participants get goes into git.\n/*\n!/{PUBLIC}/\n"


@dataclass(frozen=True)
class MadeKit:
    """A kit as it was written.

    notes: what was decided; disclosure: what the submissions that the challenge allows give away,
    beside its limits.
    """

    platform: PlatformKit
    material: KitMaterial
    files: tuple[KitFile, ...]
    notes: tuple[str, ...]
    disclosure: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-kit-made/1",
            "kind": self.platform.name,
            "challenge": f"{self.material.challenge.key}@{self.material.challenge.digest}",
            "files": {one.name: one.audience for one in self.files},
            "notes": list(self.notes),
            "disclosure": list(self.disclosure),
        }


def make_kit(platform: PlatformKit, challenge: Path, out: Path) -> MadeKit:
    """Write the kit of a platform into a new or empty folder, whole or not at all.

    Raises UsageError for a folder that holds something, DataError for a challenge that lacks its
    truth, or what the platform asks for.
    """
    refuse_filled_kit(out)
    made = kit_of(platform, read_material(challenge))
    write_kit(out, made.files)
    return made


def kit_of(platform: PlatformKit, material: KitMaterial) -> MadeKit:
    """The kit of a platform, not yet written. Raises DataError for what the platform asks for."""
    shown = platform.shown(material)
    challenge = material.challenge
    notes = (shown.why, platform.final_said(challenge), *platform.notes(material, shown))
    disclosure = material.disclosed(shown.kind)
    given = material.public_files(
        shown.kind,
        platform.final_sets(challenge),
        selected=platform.selected,
        counted=platform.counted(challenge, shown),
    )
    files = [
        *platform.files(material, shown),
        *(replace(one, name=f"{PUBLIC}/{one.name}") for one in given),
        text_file(TRUTH, material.truth_csv, "private"),
        text_file(".gitignore", _IGNORED, "private"),
        text_file(GUIDE, _guide(platform, material, notes, disclosure), "private"),
    ]
    listed = list_of(platform.name, challenge, shown.kind, files)
    return MadeKit(platform, material, (*files, listed), notes, disclosure)


def _guide(
    platform: PlatformKit, material: KitMaterial, notes: Sequence[str], disclosure: Sequence[str]
) -> str:
    """How to upload the kit, what was decided in it, and what the scores give away."""
    steps = [f"{number}. {step}" for number, step in enumerate(platform.steps, start=1)]
    parts = [
        f"# {plain(material.challenge.title)} on {platform.title}",
        "\n".join(steps),
        f"`{PUBLIC}/` is for participants. Everything else is for you: keep it to yourself.",
        "## Decided here",
        _listed(notes),
        "## What scores give away",
        _listed(disclosure),
    ]
    return "\n\n".join(parts) + "\n"


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {plain(line)}" for line in lines)
