"""What a kit holds and what its check found, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from spgc.kits.check_kit import KitCheck
from spgc.kits.make_kit import MadeKit
from spgc.kits.model_kit import MadeModelKit
from spgc.report.challenge_tables import finding_lines
from spgc.report.score_tables import name_text


def kit_line(made: MadeKit, out: Path) -> Text:
    """Where a kit is, and for which platform."""
    return name_text(f"Wrote {out}: a kit for {made.platform.title}.")


def model_kit_line(made: MadeModelKit, out: Path) -> Text:
    """Where a kit around a model is, with its files."""
    return name_text(f"Wrote {out}: {', '.join(one.name for one in made.files)}.")


def kit_parts(made: MadeKit) -> Iterator[Text]:
    """What was decided for the platform, then what scores give away."""
    yield from (name_text(note) for note in made.notes)
    yield from (name_text(line, "dim") for line in made.disclosure)


def check_parts(made: KitCheck) -> Iterator[Text]:
    """The verdict, then a line per finding, what is wrong first."""
    verdict = "can be uploaded" if made.good else "is not ready"
    yield name_text(f"Kit for {made.platform.title}: {verdict}", "bold")
    yield from finding_lines(made.findings)
