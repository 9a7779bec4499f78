"""`spgc.data_info` and `spgc.example`: the sets of the challenge, and the form of an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spgc.api.given_folders import path_of
from spgc.api.given_tables import challenge_of_truth, labels_of
from spgc.api.shown import Shown
from spgc.challenge.set_words import EVERY_SPLIT
from spgc.data.info import describe_splits
from spgc.submissions.example import example_text
from spgc.submissions.reading_rules import reading_on

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from spgc.api.given_tables import GivenLabels
    from spgc.challenge.definition import Challenge


@dataclass(frozen=True, repr=False)
class SplitsResult(Shown):
    """Facts of splits: `sets` holds counts, table of the paper, aliases and columns of each."""

    sets: tuple[Mapping[str, Any], ...]
    whole: bool = False

    def _line(self) -> str:
        sizes = ", ".join(f"{one['set']} {one['size']}" for one in self.sets)
        return f"Splits: {sizes}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.split_facts import split_lines

        return (line for one in self.sets for line in split_lines(one, rows=self.whole))

    def _html(self) -> str:
        from spgc.report.page.blocks import CellTable, block

        rows = self._rows()
        cells = [list(map(str, row.values())) for row in rows]
        notes = [f"{one['set']}: {one['note']}" for one in self.sets]
        table = CellTable("Splits: scans per class", list(rows[0]), cells, (0, 1, 2))
        return block(tables=[table], notes=notes)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per split, with the scans of each class."""
        named = ("set", "title", "ranked", "size")
        return [{name: one[name] for name in named} | dict(one["scans"]) for one in self.sets]

    def as_dict(self) -> dict[str, Any]:
        return {"schema": "spgc-data-info/1", "sets": [dict(one) for one in self.sets]}


def data_info(split: str | None = None, *, manifests: str | Path | None = None) -> SplitsResult:
    """Describe splits of the data set, as `spgc data info` does; needs no data.

    split: a split, an alias or a pool; without it all splits. manifests: a folder of your own
    manifests to describe instead of those of the challenge.

    >>> import spgc
    >>> result = spgc.data_info("test2")
    >>> result
    <Splits: test2 30>
    >>> sum(result.sets[0]["scans"].values())
    30

    Raises UsageError for an unknown split, DataError for manifests that can't be read.
    """
    return SplitsResult(tuple(describe_splits(split, path_of(manifests))), split is not None)


def example(
    split: str | None = None,
    truth: GivenLabels = None,
    *,
    probabilities: bool = False,
    challenge: Challenge | str | Path | None = None,
) -> str:
    """The text of an example submission, as `spgc example` prints it: one class for all cases.

    split: the set or pool to answer; without it the challenge's example, or with truth all cases.
    truth: whose cases to answer, as `spgc.score` takes it. probabilities: with a column per class.
    challenge: as `spgc.score` takes it.

    >>> import spgc
    >>> print(spgc.example(truth={"P1": "cap", "P2": "normal"}), end="")
    Study,Label
    P1,normal
    P2,normal

    Raises UsageError for an unknown split, DataError where the truth holds no case of it.
    """
    known = challenge_of_truth(truth, challenge)
    manifest = labels_of(truth, reading_on(known))
    asked = split or (EVERY_SPLIT if truth is not None else known.example[0])
    return example_text(asked, manifest, probabilities=probabilities)
