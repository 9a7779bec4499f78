"""What is known of a split, and manifests that were written, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from spgc.report.score_tables import name_text

if TYPE_CHECKING:
    from spgc.data.index import WrittenIndex


def split_lines(told: Mapping[str, Any], *, rows: bool) -> Iterator[Text]:
    """Scans per class, table of the paper, aliases, certainty; with `rows` how the manifest begins.

    told: as `spgc.data.info.describe_splits` gives it.
    """
    parts = ", ".join(f"{count} {name}" for name, count in told["scans"].items() if count)
    ranked = "counts for the ranking" if told["ranked"] else "not in the ranking"
    certainty = ", ".join(f"{count} {word}" for word, count in told["certainty"].items())
    yield name_text(f"{told['set']}: {told['title']}; {told['size']} scans ({parts}); {ranked}")
    yield name_text(f"  paper: {told['paper_table']}; {told['note']}")
    if told["aliases"]:
        yield name_text(f"  also called: {', '.join(told['aliases'])}")
    yield name_text(f"  rows of the manifest by certainty: {certainty}")
    if rows:
        yield name_text(f"  {told['manifest']} begins:")
        for row in (told["columns"], *(case.values() for case in told["examples"])):
            yield name_text("    " + ",".join(row))
        for word, meaning in told["columns"].items():
            yield name_text(f"  {word}: {meaning}")


def index_lines(made: WrittenIndex) -> Iterator[Text]:
    """Each manifest that was written, with its cases."""
    for path, (cases, unknown) in made.files.items():
        yield name_text(f"wrote {path}: {cases} cases, {unknown} without a class")
