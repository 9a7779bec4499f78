"""The HTML pages: a run's report and the leaderboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spgc.board.team_facts import team_facts
from spgc.board.views import View
from spgc.challenge.definition import Challenge
from spgc.report.board_formats import to_csv
from spgc.report.board_tables import (
    board_heading,
    board_notes,
    has_intervals,
    measured_on,
    rank_range,
    set_title,
    team_text,
)
from spgc.report.honest_tables import (
    HONEST_ALIGN,
    HONEST_COLUMNS,
    HOW_TITLE,
    honest_cells,
    honest_findings,
    honest_title,
    how_to_read,
)
from spgc.report.page.render import from_markdown, render
from spgc.report.page.story import Story
from spgc.report.result_parts import score_marks
from spgc.report.score_tables import measures_of
from spgc.scoring.probability import calibration_error
from spgc.systems.model_card_head import without_head
from spgc.text.synthetic import SYNTHETIC
from spgc.version import __version__


@dataclass(frozen=True)
class Section:
    """One set of the leaderboard with its title and notes."""

    view: View
    title: str
    notes: tuple[str, ...]

    @property
    def csv(self) -> bytes:
        """The table for spreadsheets and programs, as `--format csv` writes it."""
        return to_csv([self.view]).encode()


def board_page(views: Sequence[View], challenge: Challenge) -> str:
    """The leaderboard of a challenge as one HTML file that sorts and filters."""
    own = any(view.own for view in views)
    sections = [
        Section(v, set_title(v.set_name, challenge, own=v.own), tuple(board_notes(v)))
        for v in views
    ]
    synthetic = any(row.foreign == SYNTHETIC for view in views for row in view.rows)
    return render(
        "board.html.j2",
        version=__version__,
        sections=sections,
        classes=challenge.names,
        heading=board_heading(challenge, own=own),
        measured_on=measured_on(challenge),
        shipped=challenge.shipped,
        team=team_text,
        synthetic=synthetic,
        has_intervals=has_intervals,
        rank_range=rank_range,
        honest_cells=honest_cells,
        honest_findings=honest_findings,
        honest_title=honest_title,
        how_title=HOW_TITLE,
        how_to_read=how_to_read(own=own),
        own=own,
        about={} if own else team_facts(challenge),
        honest_columns=list(zip(HONEST_COLUMNS, HONEST_ALIGN, strict=True)),
    )


def report_page(story: Story) -> str:
    """A run's report as one HTML file."""
    from markupsafe import Markup

    names = [place.view.set_name for place in story.places]
    # markdown-it was told to let no markup through: what it returns is its own.
    card = Markup(from_markdown(without_head(story.card))) if story.card else None  # noqa: S704
    return render(
        "report.html.j2",
        version=__version__,
        story=story,
        marks=[mark.plain for mark in score_marks(story.score)],
        classes=story.score.challenge.names,
        card=card,
        team=team_text,
        sections=_sections(story),
        calibration_error=calibration_error,
        measures=measures_of(story.score.challenge),
        has_intervals=has_intervals,
        rank_range=rank_range,
        titles={name: set_title(name, story.score.challenge) for name in names},
        notes={p.view.set_name: list(board_notes(p.view)) for p in story.places},
    )


def _sections(story: Story) -> list[tuple[str, str]]:
    """Anchors and names of the parts that this report has."""
    parts = [
        ("scores", "Scores", True),
        ("board", "Leaderboard", bool(story.places)),
        ("calibration", "Calibration", bool(story.graded)),
        ("wrong", "Wrong predictions", True),
        ("maps", "Heat maps", bool(story.right_maps)),
        ("audit", "Audit", True),
        ("training", "Training", bool(story.curves)),
        ("timings", "Time", story.timings is not None),
        ("signature", "Signature", True),
        ("card", "Model card", story.card is not None),
        ("missing", "Not included", bool(story.missing)),
    ]
    return [(anchor, name) for anchor, name, there in parts if there]
