"""One line per case of a score, the wrong ones first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from spgc.scoring.result import Score
from spgc.scoring.scored_cases import ScoredCase
from spgc.text.printable import printable

_MOST = 40
"""Widest column of case IDs; a longer ID pushes its line's other cells to the right."""


def partial_words(score: Score) -> str:
    """`29 of 30 cases are answered, not comparable with scores on all of them`."""
    n, of = score.signature.n, score.signature.of
    return f"{n} of {of} cases are predicted; not comparable with scores on all cases."


def case_lines(cases: Sequence[ScoredCase]) -> Iterator[Text]:
    """Case, split, truth and answer in columns, with probabilities where they came along.

    Plain lines instead of a table: a hundred thousand cases take no longer than they are.
    """
    wrong = sum(not one.right for one in cases)
    yield Text(f"Cases: {wrong} wrong, {len(cases) - wrong} correct", "bold")
    names = [(printable(one.case), printable(one.split)) for one in cases]
    wide = [min(_MOST, max(len(case) for case, _ in names)), max(len(split) for _, split in names)]
    graded = any(one.probabilities for one in cases)
    classes = cases[0].classes if cases else ()
    of = max((8, *map(len, classes)))
    shares = "  " + " ".join(f"{name:>8}" for name in classes) if graded else ""
    head = (
        f"       {'Case':{wide[0]}}  {'Set':{wide[1]}}  {'True':{of}}  {'Predicted':{of}}{shares}"
    )
    yield Text(head.rstrip(), "dim", no_wrap=True)
    for one, (case, split) in zip(cases, names, strict=True):
        cells = f"{case:{wide[0]}}  {split:{wide[1]}}  {one.truth:{of}}  {one.answer:{of}}"
        if one.probabilities:
            pairs = zip(classes, one.probabilities, strict=True)
            cells += "  " + " ".join(f"{p:{max(8, len(name))}.3f}" for name, p in pairs)
        mark = ("right", "") if one.right else ("WRONG", "bold red")
        yield Text.assemble(mark, "  ", cells.rstrip(), no_wrap=True)
