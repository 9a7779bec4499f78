"""The report of a run in the terminal, in 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from spgc.report.board_tables import BoardTable, board_notes
from spgc.report.page.profile import Profile
from spgc.report.page.story import Story, WrongCase
from spgc.report.result_parts import score_marks
from spgc.report.score_tables import (
    confusion_table,
    measures_tables,
    name_text,
    plain_table,
    score_table,
)
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC_DATA

_LEVELS = " ▁▂▃▄▅▆▇█"

SPARK_WIDTH = 40
"""Characters of a slice profile."""


def story_lines(story: Story) -> Iterator[RenderableType]:
    """The page's content in its order, without pictures."""
    yield name_text(story.title, "bold")
    if story.synthetic:
        yield Text(SYNTHETIC_DATA, "bold yellow")
    yield Text(PURPOSE, "dim")
    yield from score_marks(story.score)
    yield score_table(story.score)
    yield confusion_table(story.score.headline_groups)
    yield from measures_tables(story.score.headline_groups)
    for place in story.places:
        yield BoardTable(place.view.set_name, place.view.ranked)
        if place.view.later:
            yield BoardTable(place.view.set_name, place.view.later, ranks=False)
        level = f", level with {', '.join(place.tied)}" if place.tied else ""
        yield name_text(f"Rank {place.label}{level}.")
        for note in board_notes(place.view):
            yield Text(note, "dim")
    yield from _wrong(story)
    yield from _audit(story)
    if story.timings:
        yield Text("\nTime and machine", "bold")
        for name, text in story.timings.facts:
            yield name_text(f"{name}: {text}")
        if story.timings.stages:
            yield _stages(story)
    yield Text("\nSignature", "bold")
    yield Text(str(story.score.signature))
    if story.missing:
        yield Text("\nNot included in this report", "bold")
        for words in story.missing:
            yield Text(f"- {words}", "dim")


def _wrong(story: Story) -> Iterator[RenderableType]:
    yield Text(f"\nWrong predictions ({len(story.wrong)})", "bold")
    for case in story.wrong:
        shares = ""
        if case.probabilities:
            pairs = zip(story.score.challenge.names, case.probabilities, strict=True)
            shares = " (" + ", ".join(f"{name} {p:.2f}" for name, p in pairs) + ")"
        yield name_text(
            f"{case.case}, {case.split}: true class {case.truth}, predicted {case.answer}{shares}"
        )
        if case.profiles:
            yield _profile_table(case)


def _profile_table(case: WrongCase) -> Table:
    """The called class's and the true class's probability from head to feet."""
    table = plain_table("")
    table.title = None
    for name in ("Classifier", "Class", "head → feet"):
        table.add_column(name, no_wrap=True)
    for drawing in case.profiles:
        for label in dict.fromkeys((case.truth, case.answer)):
            table.add_row(name_text(drawing.classifier), label, _spark(drawing, label))
    return table


def _spark(drawing: Profile, label: str) -> str:
    """Mean probability in each of `SPARK_WIDTH` stretches of the scan, as blocks of that height."""
    values = drawing.values(label)
    width = min(SPARK_WIDTH, len(values))
    edges = [k * len(values) // width for k in range(width + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(edges)]
    return "".join(_LEVELS[round(mean * (len(_LEVELS) - 1))] for mean in means)


def _audit(story: Story) -> Iterator[Text]:
    yield Text("\nConsistency checks", "bold")
    if not story.repairs:
        yield Text("The submission needed no repairs.")
    for problem in story.repairs:
        yield name_text(f"- {problem.what}")
    for finding in story.findings:
        yield name_text(f"- {finding.team}, {finding.set_name}: {finding.what}")


def _stages(story: Story) -> Table:
    table = plain_table("")
    table.title = None
    table.add_column("Stage")
    for name in ("Seconds", "Slices", "Slices per second"):
        table.add_column(name, justify="right")
    for stage in story.timings.stages if story.timings else ():
        table.add_row(*map(name_text, stage))
    return table
