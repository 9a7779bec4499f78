"""What an explanation of a scan writes and shows: pictures, numbers, a table for each part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from spgc.explain.classifier_map import ClassifierMap
from spgc.explain.explained_slice import ExplainedSlice
from spgc.explain.explained_volume import VOLUME_PACE, ExplainedVolume, VolumeMap
from spgc.explain.infected_share import infected_shares
from spgc.explain.mask_sums import SLICE_PACE
from spgc.files.whole import write_text
from spgc.protocol import CLASSES
from spgc.report.heat_maps import heat_map_figure
from spgc.report.pictures import synthetic_mark, write_figure
from spgc.report.score_tables import name_text, plain_table
from spgc.report.volume_maps import volume_map_figure
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Part = ExplainedSlice | ExplainedVolume

COLUMNS = ("p\nhidden", "Masks", "Insertion\nrandom", "Deletion\nrandom", "In lungs\ntheir area")
MOSTLY_CHANCE = 0.5
"""Reliability below which the map of a whole scan is said to be uncertain."""

VOLUME_COLUMNS = (*COLUMNS[:4], "In lungs\ntheir share", "Reliability", "Hottest\nin slice")


def write_part(one: Part, out: Path, dpi: int | None) -> None:
    """Picture first, numbers last: where the JSON is, the others are whole."""
    write_figure(part_figure(one), out / one.name, dpi)
    text = json.dumps(one.document(), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(out / f"{one.name}.json", text + "\n")


def part_figure(one: Part) -> Figure:
    """The maps of a slice or of a whole scan, drawn."""
    if isinstance(one, ExplainedVolume):
        return volume_map_figure(one)
    return heat_map_figure([one])


def explained_document(done: Sequence[Part]) -> dict[str, Any]:
    """All that was explained, as plain values."""
    return {
        "schema": "spgc-explanations/1",
        "slices": [one.document() for one in done if isinstance(one, ExplainedSlice)],
        "volumes": [one.document() for one in done if isinstance(one, ExplainedVolume)],
    }


def explained_parts(done: Sequence[Part], out: Path) -> Iterator[Table | Text]:
    """A table for each part of the scan, and the files."""
    for one in done:
        yield _table(one)
    yield from _infected([one for one in done if isinstance(one, ExplainedSlice)])
    for one in done:
        yield name_text(f"wrote {out / one.name}.png, .svg, .pdf and .json")


def explained_notes(done: Sequence[Part]) -> Iterator[str]:
    """What is uncertain, how to read the numbers, and the mark of phantoms."""
    volumes = [one for one in done if isinstance(one, ExplainedVolume)]
    for found in (found for one in volumes for found in one.maps):
        if found.rise.reliability < MOSTLY_CHANCE:
            told = f"reliability {found.rise.reliability:.2f}: other masks would give another map"
            yield f"{found.name}: {told}; more of them help (--masks)"
    pace = VOLUME_PACE if volumes else SLICE_PACE
    yield f"Settled: {pace.criterion}; * where it did not."
    yield (
        "Better than random maps: insertion higher, deletion lower. A map shows what this "
        "classifier uses, not where disease is."
    )
    if any(one.synthetic for one in done):
        yield synthetic_mark(any(one.case.synthetic for one in done), model=True)
    else:
        yield PURPOSE


def _infected(done: Sequence[ExplainedSlice]) -> Iterator[Text]:
    shares = infected_shares(done) if len(done) > 1 else {}
    if shares:
        marked = sum(bool(one.case.is_infected(one.index)) for one in done)
        parts = ", ".join(f"{k} {'–' if v is None else f'{v:.2f}'}" for k, v in shares.items())
        yield name_text(
            f"share of the maps in slices labelled infected: {parts}; {marked} of these "
            f"{len(done)} slices are labelled infected"
        )


def _table(one: Part) -> Table:
    whole = isinstance(one, ExplainedVolume)
    title = f"{one.case.case_id}, {_part(one)}: RISE for {CLASSES[one.target]}"
    table = plain_table(title, synthetic=one.synthetic)
    table.add_column("Network" if whole else "Classifier", no_wrap=True)
    for name in VOLUME_COLUMNS if whole else COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for found in one.maps:
        table.add_row(*_row(found))
    return table


def _part(one: Part) -> str:
    if isinstance(one, ExplainedVolume):
        return "the whole scan"
    return f"slice {one.index + 1} of {one.count}"


def _row(found: ClassifierMap) -> Iterator[str]:
    yield found.name
    yield f"{found.probability:.2f} / {found.blank[found.rise.target]:.2f}"
    yield f"{found.rise.masks}{'' if found.rise.settled else ' *'}"
    for measured in (found.faithful.insertion, found.faithful.deletion):
        yield f"{measured.area:.2f} / {measured.random_mean:.2f}"
    shares = (found.share_in_lungs, found.lungs_share)
    yield " / ".join("–" if share is None else f"{share:.2f}" for share in shares)
    if isinstance(found, VolumeMap):
        yield f"{found.rise.reliability:.2f}"
        yield f"{found.hottest[0] + 1}"
