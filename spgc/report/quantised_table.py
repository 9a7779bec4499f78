"""Networks in 8-bit integers beside float32: which labels stay, as a table."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from spgc.nets.engines.int8 import LEAST_EQUAL
from spgc.report.score_tables import plain_table
from spgc.runs.quantise import Quantised

COLUMNS = ("Network", "labels kept", "int8 alone", "predicted again", "lead lost", "runs in")

EXPLAINED = (
    f"int8 where at least {LEAST_EQUAL:.1%} of the labels stay; close ones are predicted again in "
    "float32. Lead lost: the largest of a label that still changed, in logits."
)
"""How to read the table."""


def quantised_parts(done: Quantised) -> Iterator[Table | Text]:
    """The table, and how to read it."""
    yield quantised_table(done)
    yield Text(EXPLAINED)


def quantised_table(done: Quantised) -> Table:
    """One row per network: labels that stay, alone and with close slices predicted again."""
    table = plain_table("Labels as in float32", synthetic=bool(done.document.get("synthetic")))
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in ("Network", "runs in") else "right")
    for one in done.networks:
        table.add_row(
            one.backbone,
            f"{one.equal}/{one.slices}",
            f"{one.alone}/{one.slices}",
            f"{one.again}/{one.slices}",
            f"{one.worst_margin:.3f}" if one.equal < one.slices else "–",
            "int8" if one.used else "as before",
        )
    return table
