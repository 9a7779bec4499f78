"""Comparison tables stay short, however many patients flip."""

from __future__ import annotations

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Manifest
from spgc.protocol import CAP, NORMAL
from spgc.report.compare_tables import MOST_FLIPS, flips_table
from spgc.scoring.paired import compare
from spgc.submissions.reading_rules import reading_on
from spgc.submissions.submission import Submission
from spgc.submissions.truth_file import truth_of


def flipped(count: int) -> tuple[Manifest, Submission, Submission]:
    names = [f"c{number}" for number in range(count)]
    one, two = (Submission(dict.fromkeys(names, label)) for label in (CAP, NORMAL))
    return truth_of(dict.fromkeys(names, CAP), reading_on(SPGC)), one, two


def test_a_long_table_of_flips_says_how_many_there_are() -> None:
    for count, rows, more in ((3, 3, False), (MOST_FLIPS + 1, MOST_FLIPS, True)):
        manifest, one, two = flipped(count)
        result = compare(one, two, manifest)
        table = flips_table(result, "a", "b")
        assert (len(result.flips), table.row_count) == (count, rows)
        assert f"{count} patients with different predictions" in str(table.title)
        assert ("the first 1000 here, all with --json" in str(table.title)) is more
