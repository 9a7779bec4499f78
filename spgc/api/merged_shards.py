"""`spgc.merge`: the shards of a prediction joined into one submission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.errors import UsageError
from spgc.runs.merge import Merged
from spgc.runs.merge import merge as join_shards

if TYPE_CHECKING:
    from rich.console import RenderableType


class MergeResult(Shown, Merged):
    """A submission joined from its shards: `files`, `cases`, `parts`, `left_out`, `filled`."""

    def _line(self) -> str:
        return f"Merged {self.cases} cases from {self.parts} parts"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.merged_lines import merged_lines

        return merged_lines(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per file."""
        return [{"file": str(path)} for path in self.files]


def merge(folders: str | Path | Sequence[str | Path], out: str | Path | None = None) -> MergeResult:
    """Join the shards that `spgc.predict(shard="I/N")` wrote, as `spgc merge` does.

    folders: one or several folders with all shards. out: folder of the submission, else the first
    of them. The files are byte for byte those of one call without shard.

    >>> import tempfile
    >>> import spgc
    >>> spgc.merge(tempfile.mkdtemp())
    Traceback (most recent call last):
    ...
    spgc.errors.DataError: nothing to merge ...

    Raises DataError for shards that are missing, duplicated, modified, or of another model, option
    or split, and for scans without a prediction that no shard was allowed to leave out.
    """
    given = [Path(folders)] if isinstance(folders, str | Path) else [Path(one) for one in folders]
    if not given:
        raise UsageError("no folder to merge", expected="one or more folders with shards")
    return shown(MergeResult, join_shards(given, given[0] if out is None else Path(out)))
