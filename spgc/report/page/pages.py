"""The HTML pages: a run's report and the leaderboard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spgc.board.team_facts import TeamFacts, team_facts
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


def without_paper(view: View, about: Mapping[str, TeamFacts]) -> Iterator[str]:
    """The teams of the challenge of which nothing is published but their row.

    about: what is known of teams; nothing is said where that is nothing.
    """
    teams = [] if view.own or not about else [p.row.team for p in view.ranked if not p.row.yours]
    unknown = sorted(set(teams) - about.keys(), key=str.lower)
    if unknown:
        yield (
            f"No paper, code or description is known of {len(unknown)} of these "
            f"{len(set(teams))} teams: {', '.join(unknown)}."
        )


def board_page(views: Sequence[View], challenge: Challenge) -> str:
    """The leaderboard of a challenge as one HTML file that sorts and filters."""
    own = any(view.own for view in views)
    about = {} if own else team_facts(challenge)
    sections = [
        Section(
            view,
            set_title(view.set_name, challenge, own=view.own),
            (*board_notes(view), *without_paper(view, about)),
        )
        for view in views
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
        about=about,
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
