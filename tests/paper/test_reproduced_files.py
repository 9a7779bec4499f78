"""The files of a reproduced table: the record, the cells as CSV, which matrices the figure has."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from spgc.nets.device import Runtime
from spgc.paper import reproduced_files
from spgc.paper.outcome import ReproducedTable
from spgc.paper.reproduced_files import panels, write_outcome
from spgc.protocol import CLASSES
from spgc.scoring.counts import Confusion
from spgc.systems.cnr_iemn.scenarios import SCENARIOS, Scale, scenario_config

MATRICES = {
    f"net{n}": Confusion(((10 + n, 1, 2), (3, 20 + n, 4), (5, 6, 30 + n))) for n in range(4)
}


def made(name: str, **scale: object) -> ReproducedTable:
    config = scenario_config(name, Scale(changes=scale) if scale else None)
    return ReproducedTable(
        SCENARIOS[name], config, (), (), (), MATRICES, {"a.safetensors": "00"}, "data", True
    )


@pytest.mark.parametrize(
    ("name", "figure", "unit"), [("table1", "figure6", "slices"), ("table5", "figure10", "scans")]
)
def test_cells_and_record_are_the_matrices(
    name: str, figure: str, unit: str, tmp_path: Path
) -> None:
    paths = write_outcome(made(name), tmp_path, Runtime("cpu"))
    assert [path.name for path in paths] == [
        f"{name}.md",
        f"{name}.tex",
        f"{figure}.png",
        f"{figure}.csv",
        "reproduce.json",
    ]
    with paths[3].open(newline="") as file:
        rows = list(csv.DictReader(file))
    cells = {(r["matrix"], r["truth"], r["predicted"]): int(r[unit]) for r in rows}
    assert len(rows) == len(cells) == 36
    for matrix, confusion in MATRICES.items():
        for truth, counts in zip(CLASSES, confusion.counts, strict=True):
            assert [cells[matrix, truth, label] for label in CLASSES] == list(counts)
    record = json.loads(paths[4].read_text())
    assert record["matrices"] == {n: [list(r) for r in m.counts] for n, m in MATRICES.items()}
    assert (record["unit"], record["data_hash"]) == (unit, "data")
    assert record["weights"] == {"a.safetensors": "00"}
    assert paths[1].read_text().count("\\begin{tabular}") == paths[0].read_text().count("| measure")
    with Image.open(paths[2]) as picture:
        assert picture.size[0] > 500


def test_the_last_row_of_table_5_is_figure_10() -> None:
    assert [name for name, _ in panels(made("table1"))] == list(MATRICES)
    assert [name for name, _ in panels(made("table5"))] == ["net2", "net3"]


def test_the_record_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it lies the others are whole: a picture that fails leaves none."""

    def fail(*_: object) -> bytes:
        raise OSError("disk full")

    monkeypatch.setattr(reproduced_files, "picture_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        write_outcome(made("table1"), tmp_path, Runtime("cpu"))
    assert not (tmp_path / "reproduce.json").exists()
