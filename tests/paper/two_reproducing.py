"""`Reproduction` in each of two processes, for test_reproduction.py; started by torchrun."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import torch

from spgc.contract.scan import LabelledScan
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.slices import backbones
from spgc.nets.slices.backbones import Backbone
from spgc.paper import reproduced_files
from spgc.paper.reproduction import Reproduction
from spgc.systems.cnr_iemn.scenarios import Scale

sys.path.insert(0, str(Path(__file__).parents[2]))  # torchrun gives the script's folder alone
from tests.nets.training import tiny_training as tiny

NAME = "resnext50"  # tiny, but under a name that the paper has figures for

SCALE = Scale(0.05, {"weights": "none", "image_size": 32, "batch_size": 8})


class LungScan(tiny.NoiseScan):
    """All of it lung."""

    def slice(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return self._hu[index], np.ones(self._hu[index].shape, bool)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        return self._hu, np.ones(self._hu.shape, bool)


def scans(numbers: range) -> list[LabelledScan]:
    """Of all classes, not in the order of their IDs."""
    return [
        dataclasses.replace(scan, scan=LungScan(int(scan.case_id.split()[1]), scan.label, 3))
        for scan in reversed(tiny.scans(numbers))
    ]


def reproduction(folder: Path) -> Reproduction:
    return Reproduction(
        scans(range(2)), scans(range(7, 8)), folder, SCALE, {"backbones": (NAME,)}, Runtime("cpu")
    )


if __name__ == "__main__":
    backbones.SPECS = {**tiny.SPECS, NAME: Backbone(tiny.TinyNet, None, "fc")}  # type: ignore[misc]
    torch.set_num_threads(1)
    place = Path(sys.argv[1])
    written = reproduced_files.write_text

    def noted(path: Path, text: str) -> None:
        with (place / f"written-by-{processes.rank()}").open("a") as file:
            file.write(f"{path.name}\n")
        written(path, text)

    reproduced_files.write_text = noted
    work = reproduction(place / "runs")
    outcomes = [work.run(name) for name in ("table4", "table5")]
    assert [one is None for one in outcomes] == [not processes.is_main()] * 2
