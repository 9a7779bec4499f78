"""What `spgc merge` joined, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from spgc.report.score_tables import name_text
from spgc.runs.merge import Merged


def merged_lines(done: Merged) -> Iterator[Text]:
    """The files, how many cases of how many parts, and cases without an answer."""
    for path in done.files:
        yield name_text(f"wrote {path}")
    yield Text(f"{done.cases} cases from {done.parts} parts")
    if done.left_out:
        yield name_text(f"without a row: {', '.join(done.left_out)}")
    if done.filled:
        yield name_text(f"FILLED IN, not predicted by the model: {', '.join(done.filled)}")
