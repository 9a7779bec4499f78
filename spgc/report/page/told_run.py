"""The report of a run in one call: what is scored, what is gathered, where the page goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from spgc.data.manifests import Manifest
from spgc.files.overwriting import check_target
from spgc.files.standard_input import GivenFile
from spgc.report.page.run_files import RunFiles
from spgc.report.page.run_sources import check_model, gather
from spgc.report.page.story import Story, run_title, tell, wrong_answers
from spgc.scoring.score_files import score_files
from spgc.submissions.read import read_submissions
from spgc.submissions.reading_rules import Reading

PAGE = "report.html"
"""The page's name where none is given: it lies in the folder of the run."""


@dataclass(frozen=True)
class RunFolders:
    """Where more about a run lies: data set, slice store, model; None for what is left out."""

    data: Path | None = None
    store: Path | None = None
    model: Path | None = None

    @property
    def manifests(self) -> Path | None:
        """The manifests of the data set, where it has some."""
        inside = None if self.data is None else self.data / "manifests"
        return inside if inside is not None and inside.is_dir() else None


def page_place(
    run: GivenFile,
    files: RunFiles,
    out: Path | None,
    *,
    force: bool = False,
    inputs: Iterable[Path] = (),
) -> Path:
    """Where the page is to be written. Raises UsageError where it would replace another file.

    inputs: more files that are read, beside those of the run.
    """
    folder = run if isinstance(run, Path) and run.is_dir() else Path(getattr(run, "parent", "."))
    place = out or folder / PAGE
    own = [one for one in (files.submission, files.slices) if isinstance(one, Path)]
    check_target(place, force=force, inputs=[*own, *inputs])
    return place


def tell_run(
    run: GivenFile,
    files: RunFiles,
    manifest: Manifest,
    reading: Reading,
    folders: RunFolders,
    title: str | None = None,
) -> Story:
    """Score a run and gather what there is about it.

    files: of `find_run`. Raises SubmissionError for answers that can't be scored, DataError and
    ModelError for a folder that isn't what it should be.
    """
    if folders.model is not None:
        check_model(folders.model, files.record)
    submission = read_submissions([files.submission], manifest, None, reading)
    score = score_files([files.submission], manifest, submission=submission)
    wrong = wrong_answers(submission, manifest)
    sources = gather(wrong, folders.data, folders.store, folders.model)
    return tell(title or run_title(run), files, submission, manifest, score, sources)
