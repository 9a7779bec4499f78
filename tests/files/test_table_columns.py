"""Tables of many columns and short rows cost what their size costs, in every reader of columns."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from spgc.data.manifests import read_manifest
from spgc.files.table_columns import wanted_columns
from spgc.report.page.profile import read_slice_table
from spgc.report.page.training_curves import training_curves

WIDE, LONG = 20_000, 20_000

READERS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "manifest": (read_manifest, "case,label,split,source,certainty", "c{},CAP,val,x,own"),
    "slices": (
        lambda path: read_slice_table(path, ["none"]),
        "case,backbone,slice,p_covid19,p_cap,p_normal",
        "c{},a,1,1,0,0",
    ),
    "training": (
        lambda path: training_curves(path.parent),
        "backbone,epoch,train_loss,val_hits,val_slices",
        "a,{},1,1,2",
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_short_rows_of_a_wide_table_are_not_filled(name: str, tmp_path: Path) -> None:
    reader, header, row = READERS[name]
    path = tmp_path / "training.csv"
    rows = [row.format(i) for i in range(LONG)]
    path.write_text(header + "," * WIDE + "\n" + "\n".join(rows) + "\n")
    start = time.process_time()
    reader(path)
    assert time.process_time() - start < 5  # filled, the cells are 400 million


def test_wanted_cells_alone_are_read() -> None:
    lines = ["x,b,a,y", "1,2,3,4", "", "5"]
    assert list(wanted_columns(lines, ("a", "b"))) == [{"a": "3", "b": "2"}, {"a": "", "b": ""}]


@pytest.mark.parametrize(
    ("lines", "error"),
    [(["a,a", "1,2"], ValueError), (["b", "1"], KeyError), (['a,b\n"'], csv.Error)],
    ids=["twice", "missing", "no CSV"],
)
def test_other_tables_are_refused(lines: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        list(wanted_columns(lines, ("a",)))
