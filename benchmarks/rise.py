"""How many masks a map needs, and whether the settled one is the map that many more would give.

    python benchmarks/rise.py --data phantoms --store store --model model --case syn-P015

Explains one slice of each case (the surest infected one) with early stop, and again with other
masks and without. Prints, for each slice classifier: masks until settled, correlation of both maps,
seconds, and insertion and deletion beside random maps. Research software, not for diagnosis.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from spgc.contract.slices import SliceInput, slice_model
from spgc.contract.system import RunSettings
from spgc.data.layout import open_dataset
from spgc.explain.explained_slice import explainable
from spgc.explain.faithfulness import faithfulness, share_inside
from spgc.explain.rise import Rise, RiseMap
from spgc.explain.slice_choice import Wanted, choose_slices
from spgc.protocol import CLASSES, NORMAL
from spgc.runs.scans import known_scan
from spgc.systems.registry import load_system


def main() -> None:
    wanted = _arguments()
    run = RunSettings("cpu", answers=wanted.store / "answers", engine="torch")
    system = load_system(wanted.model, run)
    dataset = open_dataset(wanted.data)
    print("case slice classifier p masks settled correlation seconds insertion deletion lungs area")
    for case_id in wanted.case:
        scan, case = known_scan(dataset, case_id, wanted.store, system.lung_method)
        target = CLASSES.index(case.label or NORMAL)
        answers = slice_model(system).slice_probabilities(case_id, scan)
        (index,) = choose_slices(answers, case, Wanted(1, target, infected=case.label != NORMAL))
        for name, given in explainable(system).slice_inputs(scan, index).items():
            probability = answers[name][index, target]
            line = _measured(given, target, scan.slice(index)[1], wanted)
            print(case_id, index + 1, name, f"{probability:.2f}", line, flush=True)


def _measured(given: SliceInput, target: int, mask: np.ndarray, wanted: argparse.Namespace) -> str:
    image = torch.from_numpy(given.image)

    def model(images: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(given.answer(images.numpy()))

    def explained(seed: int, masks: int, stop_early: bool) -> RiseMap:
        (found,) = Rise(model).explain(
            image[None], target, n_masks=masks, seed=seed, stop_early=stop_early
        )
        return found

    start = time.perf_counter()
    found = explained(1, wanted.masks, stop_early=True)
    seconds = time.perf_counter() - start
    reference = explained(2, wanted.reference, stop_early=False)
    same = np.corrcoef(found.values.ravel(), reference.values.ravel())[0, 1]
    checked = faithfulness(model, image, found)
    side = found.values.shape[0]
    rows = (np.arange(side) + 0.5) * mask.shape[0] / side
    lungs = mask[np.ix_(rows.astype(int), rows.astype(int))]
    pairs = (f"{m.area:.2f}/{m.random_mean:.2f}" for m in (checked.insertion, checked.deletion))
    inside = share_inside(found.values, lungs) or 0.0
    return " ".join(
        (
            str(found.masks),
            str(found.settled),
            f"{same:.3f}",
            f"{seconds:.1f}",
            *pairs,
            f"{inside:.2f}",
            f"{lungs.mean():.2f}",
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("data", "store", "model"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--case", action="append", required=True)
    parser.add_argument("--masks", type=int, default=4000)
    parser.add_argument("--reference", type=int, default=8000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
