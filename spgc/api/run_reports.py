"""`spgc.write_report`: a run, or anybody's submission, on one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_tables import challenge_of_truth, labels_of, table_file
from spgc.api.shown import Shown
from spgc.files.whole import write_text
from spgc.report.page.pages import report_page
from spgc.report.page.run_files import find_run
from spgc.report.page.story import Story
from spgc.report.page.told_run import RunFolders, page_place, tell_run
from spgc.scoring.result import Score
from spgc.submissions.reading_rules import reading_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spgc.api.given_tables import GivenAnswers, GivenLabels
    from spgc.challenge.definition import Challenge


@dataclass(frozen=True, repr=False)
class ReportResult(Shown):
    """A report that was written to `path`; `missing`: what it lacks, and how to have it."""

    path: Path
    story: Story

    @property
    def score(self) -> Score:
        """The score that the page shows."""
        return self.story.score

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(self.story.missing)

    def _line(self) -> str:
        return f"Report of {self.story.title} in {self.path}: {len(self.story.wrong)} wrong cases"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.terminal_story import story_lines

        return story_lines(self.story)

    def _html(self) -> str:
        from spgc.report.page.blocks import score_block

        return score_block(self.score)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per wrong case."""
        return [
            {"case": one.case, "set": one.split, "truth": one.truth, "answer": one.answer}
            for one in self.story.wrong
        ]


def write_report(
    run: GivenAnswers,
    truth: GivenLabels = None,
    *,
    data: str | Path | None = None,
    store: str | Path | None = None,
    model: str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    title: str | None = None,
    labels: Mapping[str, str] | Mapping[int, str] | str | None = None,
    argmax: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> ReportResult:
    """Write a run as one self-contained HTML file, as `spgc report` does.

    run: the folder that `spgc.predict` wrote to, or answers as `spgc.score` takes them. truth: as
    `spgc.score` takes it; without it the manifests in `data`, else the challenge's. data, store,
    model: folders of the data set, the slice store and the model, for slice labels, contact sheets
    and the model card; the page does without each. out: the file to write, else report.html beside
    the run. force: replace a file that spgc did not write. title: of the page. labels, argmax,
    challenge: as `spgc.score` takes them.

    `print(result)` is the report in text, `result.to_frame()` has the wrong cases.

    >>> import pathlib, tempfile
    >>> import spgc
    >>> page = pathlib.Path(tempfile.mkdtemp()) / "report.html"
    >>> truth = {"P1": "cap", "P2": "cap", "P3": "normal"}
    >>> answers = {"P1": "cap", "P2": "normal", "P3": "normal"}
    >>> result = spgc.write_report(answers, truth, out=page, title="My model")
    >>> [case.case for case in result.story.wrong]
    ['P2']
    >>> page.read_text("utf-8").startswith("<!doctype html>")
    True

    Raises SubmissionError for answers that can't be scored, DataError for a folder that is no run,
    UsageError where the page would replace another file.
    """
    known = challenge_of_truth(truth, challenge)
    reading = reading_of(labels, argmax=argmax, challenge=known)
    folders = RunFolders(*(None if one is None else Path(one) for one in (data, store, model)))
    given = table_file(run, "run")
    files = find_run(given)
    inputs = [Path(truth)] if isinstance(truth, str | Path) else []
    place = page_place(given, files, None if out is None else Path(out), force=force, inputs=inputs)
    manifest = labels_of(folders.manifests if truth is None else truth, reading)
    story = tell_run(given, files, manifest, reading, folders, title)
    write_text(place, report_page(story))
    return ReportResult(place, story)
