"""How far lung density alone gets on phantoms, and how well the watershed finds their lungs.

    python benchmarks/phantom_baseline.py --scans 16 --jobs 2
    python benchmarks/phantom_baseline.py --severity 2 --variety 0.4
    python benchmarks/phantom_baseline.py --severity 4 --variety 0.1 --extent 0.06 0.34

Draws twice as many scans of each class for training as for each other split, measures the lungs
that the watershed finds, fits logistic regression and prints hits. Every figure is synthetic.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tabulate import tabulate

from spgc.ct.lungs import segment_lungs
from spgc.phantoms.conditions import Grade
from spgc.phantoms.draw import draw_phantom
from spgc.phantoms.recipe import default_conditions
from spgc.protocol import CAP, CLASSES

FEATURES = {
    "mean HU of the lungs": [0],
    "share above -500 HU": [1],
    "mean, both shares, median, volume": [0, 1, 2, 3, 4],
}


@dataclass(frozen=True)
class Measured:
    """One scan: split, class, density of its lungs, Dice of the watershed, infected slices."""

    split: str
    label: str
    features: list[float]
    dice: float
    infected: float
    lobes: list[bool]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--scans", type=int, default=16, help="per class and split; twice for train"
    )
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--severity", type=float, default=1.0)
    parser.add_argument("--variety", type=float, default=1.0)
    parser.add_argument("--extent", type=float, nargs=2, help="share of hazy lung, from and to")
    options = parser.parse_args()
    keys = [
        (split, label, number)
        for split in default_conditions()
        for label in CLASSES
        for number in range(options.scans * (2 if split == "train" else 1))
        if not (split == "test1" and label == CAP)
    ]
    extent = (options.extent[0], options.extent[1]) if options.extent else None
    grade = Grade(options.severity, options.variety, extent)
    scans = Parallel(n_jobs=options.jobs)(delayed(measure)(*k, options.seed, grade) for k in keys)
    show(scans)


def measure(split: str, label: str, number: int, seed: int, grade: Grade) -> Measured:
    conditions = default_conditions()
    key = (list(conditions).index(split), CLASSES.index(label), number)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
    phantom = draw_phantom(label, rng, slices=22, conditions=conditions[split], grade=grade)
    found = segment_lungs(phantom.hu)
    inside = phantom.hu[found]
    return Measured(
        split,
        label,
        [
            float(inside.mean()),
            float((inside > -500).mean()),
            float(((inside > -700) & (inside < -300)).mean()),
            float(np.median(inside)),
            float(found.sum() * phantom.pixel_mm**2 * phantom.slice_mm),
        ],
        float(2 * (found & phantom.lungs).sum() / (found.sum() + phantom.lungs.sum())),
        float(phantom.infected.mean()),
        np.asarray(phantom.lobes.any(axis=0)).tolist(),
    )


def show(scans: Sequence[Measured]) -> None:
    splits = [s for s in default_conditions() if s != "train"]
    rows = []
    for name, columns in FEATURES.items():
        model = make_pipeline(StandardScaler(), LogisticRegression(C=10, max_iter=2000))
        model.fit(*table(scans, "train", columns))
        row = [name]
        for split in splits:
            x, y = table(scans, split, columns)
            hits = int((model.predict(x) == y).sum())
            row.append(f"{hits}/{len(y)} ({hits / len(y):.0%})")
        rows.append(row)
    print("SYNTHETIC: logistic regression on lung density")
    print(tabulate(rows, headers=["features", *splits]))
    dice = [[s.dice for s in scans if s.split == split] for split in splits]
    parts = [
        f"{split} {np.mean(found):.3f} (lowest {min(found):.3f})"
        for split, found in zip(splits, dice, strict=True)
    ]
    print("\nwatershed against drawn lungs, Dice: " + ", ".join(parts))
    for label in CLASSES[:2]:
        some = [s for s in scans if s.label == label]
        lobes = np.array([s.lobes for s in some])
        both = (lobes[:, :2].any(axis=1) & lobes[:, 2:].any(axis=1)).mean()
        print(
            f"{label}: {np.mean([s.infected for s in some]):.0%} of slices infected, "
            f"{both:.0%} in both lungs, {lobes.sum(axis=1).mean():.1f} lobes"
        )


def table(
    scans: Sequence[Measured], split: str, columns: list[int]
) -> tuple[NDArray[np.float64], list[str]]:
    some = [s for s in scans if s.split == split]
    return np.array([s.features for s in some])[:, columns], [s.label for s in some]


if __name__ == "__main__":
    main()
