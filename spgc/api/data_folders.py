"""`spgc.check_data` and `spgc.index_data`: what is in a data folder, and manifests for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_folders import path_of
from spgc.api.given_tables import table_file
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.check import CheckReport
from spgc.data.check import check as check_folder
from spgc.data.index import WrittenIndex, index_folder, write_index
from spgc.data.layout import open_dataset
from spgc.runs.listener import NOBODY, Listener
from spgc.submissions.case_labels import read_labels

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spgc.api.given_tables import GivenAnswers


class DataCheckResult(Shown, CheckReport):
    """What a data folder holds and lacks: `splits`, `findings`, and `ok` when nothing is wrong."""

    def __bool__(self) -> bool:
        return self.ok

    def _line(self) -> str:
        there = ", ".join(f"{one.name} {one.found}/{one.expected}" for one in self.splits)
        errors = sum(finding.severity == "error" for finding in self.findings)
        return f"Data check, {self.layout}: {there}; {errors} errors"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.data_check_parts import data_check_parts

        return data_check_parts(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per finding."""
        return [finding.as_dict() for finding in self.findings]


def check_data(
    data: str | Path = "data",
    *,
    manifests: str | Path | None = None,
    listener: Listener = NOBODY,
) -> DataCheckResult:
    """Compare a data folder with its manifests, as `spgc data check` does.

    data: the folder of the data set, in any of the known layouts or one of your own. manifests: a
    folder of manifests that is used instead of others. listener: hears progress
    (`spgc.runs.listener`). Reads a few bytes of each file and no pixels. `if spgc.check_data(...):`
    asks whether nothing is wrong; doubts don't count.

    >>> import pathlib, tempfile
    >>> import spgc
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> found = spgc.check_data(folder)
    >>> found.ok, [finding.what for finding in found.findings]
    (False, ['no scan folder below this folder'])

    Raises DataError for a folder that isn't there and for manifests that can't be read.
    """
    return shown(
        DataCheckResult,
        check_folder(open_dataset(Path(data), path_of(manifests)), listener.track),
    )


class IndexResult(Shown, WrittenIndex):
    """Manifests that were written: file to number of cases, and how many have no class."""

    def _line(self) -> str:
        return f"Manifests: {', '.join(f'{p.stem} {n}' for p, (n, _) in self.files.items())}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.split_facts import index_lines

        return index_lines(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [
            {"set": path.stem, "file": str(path), "cases": cases, "without_class": unknown}
            for path, (cases, unknown) in self.files.items()
        ]


def index_data(
    data: str | Path = "data",
    *,
    out: str | Path | None = None,
    labels: GivenAnswers | None = None,
    force: bool = False,
) -> IndexResult:
    """Write manifests for a folder of your own scans, as `spgc data index` does.

    data: a folder of scan folders, whose names become case IDs. out: folder for the manifests, else
    `manifests` in the data folder. labels: classes by case ID, as `spgc.score` takes truth in a
    file, a mapping or a DataFrame; without them class folders say the class. force: replace
    manifests that are there. All are written or none.

    >>> import pathlib, tempfile
    >>> import spgc
    >>> spgc.index_data(pathlib.Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    ...
    spgc.errors.DataError: no scan folder below this folder...

    Raises DataError where there is no scan, for a label of a case that isn't there, and where
    manifests would be replaced.
    """
    root = Path(data)
    known = None if labels is None else read_labels(table_file(labels, "labels"), SPGC)
    splits = index_folder(root, known)
    made = write_index(splits, path_of(out) or root / "manifests", force=force)
    return shown(IndexResult, made)
