"""How good are the lung masks? Hand-made masks, labelled infection, planted consolidation.

    python benchmarks/lung_quality.py DATA

DATA is a folder with `lung-masks/` (2d_images, 2d_masks) and `covid-ct-md-sample/`. Prints four
tables in Markdown:

1. Dice of each method against the hand-made masks, beside a plain threshold.
2. Real slices labelled infected: on how many infected sides is the ground glass inside the mask?
   Ground glass is what has -700 to -200 HU in the side's field, the convex hull of all that any
   method takes for lung there, less a rim of 3 mm where every lung's edge has such values. A side
   counts as inside when the mask holds at least the given share of it.
3. Consolidation planted in a real normal scan, since the labelled cases have none that is dense
   from wall to wall: a ball of +40 HU at the chest wall; the share of its lung voxels in the mask.
4. What each method adds to or takes from the default in the normal scan, and how much of that is
   soft tissue (-100 to 150 HU), which no method should add there.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.io import imread
from tabulate import tabulate

from spgc.ct.closing import filled_hull
from spgc.ct.lungs import LUNG_METHODS, segment_lungs, segment_slice
from spgc.ct.series import Volume, read_series
from spgc.scoring.counts import Rate

SHARES = (0.90, 0.95, 0.99)
GLASS = (-700, -200)
RIM_MM = 3.0
RADII_MM = (10, 20, 30, 40)
LEFT, RIGHT = (0, 1), (2, 3, 4)
"""Lobes of the label array: LLL, LUL, RLL, RML, RUL."""

Mask = NDArray[np.bool_]


def dice_table(root: Path) -> None:
    rows = []
    images = sorted((root / "2d_images").glob("*.tif"))
    for name in ["threshold at -400", *LUNG_METHODS]:
        scores = []
        for path in images:
            hu = np.asarray(imread(path), np.int16)
            truth = np.asarray(imread(root / "2d_masks" / path.name)) > 0
            mask = plain_threshold(hu) if name.startswith("threshold") else segment_slice(hu, name)
            scores.append(2 * (mask & truth).sum() / max(int(mask.sum() + truth.sum()), 1))
        rows.append((name, len(scores), f"{np.mean(scores):.3f}", f"{min(scores):.3f}"))
    print("\n## Hand-made masks, single slices\n")
    print(tabulate(rows, ("method", "slices", "mean Dice", "lowest"), "github"))


def plain_threshold(hu: NDArray[np.int16]) -> Mask:
    """Dark regions that don't touch the border, holes filled."""
    parts, _ = ndimage.label(hu < -400)
    edge = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    return np.asarray(ndimage.binary_fill_holes((parts > 0) & ~np.isin(parts, edge)), bool)


def all_masks(volume: Volume) -> dict[str, Mask]:
    return {name: segment_lungs(volume.hu, name, volume.spacing) for name in LUNG_METHODS}


def infected_table(root: Path) -> None:
    with (root / "Index.csv").open() as file:
        ids = [row["Folder/ID"].strip() for row in csv.DictReader(file)]
    lobes = np.load(root / "Lobe-level-labels.npy", allow_pickle=False) > 0
    rows = []
    for case, kind in (("P002", "COVID-19"), ("cap002", "CAP")):
        (folder,) = (path for path in root.rglob(case) if path.is_dir())
        volume = read_series(folder)
        masks = all_masks(volume)
        shares: dict[str, list[float]] = {name: [] for name in masks}
        for index, field in infected_sides(lobes[ids.index(case)], volume, masks):
            glass = field & (volume.hu[index] >= GLASS[0]) & (volume.hu[index] <= GLASS[1])
            if glass.any():
                for name, mask in masks.items():
                    shares[name].append(float(mask[index][glass].mean()))
        for name, values in shares.items():
            found = [Rate(sum(v >= s for v in values), len(values)) for s in SHARES]
            rows.append((f"{case} ({kind})", name, *map(shown, found)))
    print("\n## Infected sides whose ground glass is inside the mask (exact 95 % interval)\n")
    print(tabulate(rows, ("case", "method", *(f"share >= {s:.2f}" for s in SHARES)), "github"))


def shown(rate: Rate) -> str:
    low, high = rate.exact or (0.0, 1.0)
    return f"{rate.hits}/{rate.total} ({100 * low:.0f}-{100 * high:.0f} %)"


def infected_sides(
    lobes: NDArray[np.bool_], volume: Volume, masks: dict[str, Mask]
) -> Iterator[tuple[int, Mask]]:
    """Slice and field of each infected side; the patient's right is at the left edge."""
    taken = np.logical_or.reduce(list(masks.values()))
    middle = int(np.median(np.nonzero(taken.any(axis=(0, 1)))[0]))
    rim = (RIM_MM / volume.spacing[1], RIM_MM / volume.spacing[2])
    for index in range(len(taken)):
        for members, side in ((RIGHT, slice(None, middle)), (LEFT, slice(middle, None))):
            if lobes[index, list(members)].any() and taken[index][:, side].any():
                field = np.zeros_like(taken[index])
                field[:, side] = filled_hull(taken[index][:, side])
                depth = ndimage.distance_transform_edt(field)
                yield index, field & (depth > max(rim))


def planted_table(volume: Volume) -> None:
    """Balls of consolidation centred on the side wall of the right lung, at mid height."""
    rows = []
    lungs = segment_lungs(volume.hu)
    areas = lungs.sum(axis=(1, 2))
    middle = int(np.average(np.arange(len(areas)), weights=areas))
    row, column = wall_point(lungs[middle])
    z, y, x = np.indices(volume.hu.shape, sparse=True)
    far = np.sqrt(
        ((z - middle) * volume.spacing[0]) ** 2
        + ((y - row) * volume.spacing[1]) ** 2
        + ((x - column) * volume.spacing[2]) ** 2
    )
    for radius in RADII_MM:
        planted = (far <= radius) & lungs
        hu = volume.hu.copy()
        hu[planted] = 40
        for name in LUNG_METHODS:
            mask = segment_lungs(hu, name, volume.spacing)
            rows.append((radius, int(planted.sum()), name, f"{mask[planted].mean():.3f}"))
    print("\n## Planted consolidation (SYNTHETIC, in a real normal scan)\n")
    print(tabulate(rows, ("radius mm", "voxels", "method", "share in mask"), "github"))


def wall_point(mask: Mask) -> tuple[int, int]:
    """The outermost lung pixel at the patient's right."""
    rows, columns = np.nonzero(mask)
    first = int(columns.argmin())
    return int(rows[first]), int(columns[first])


def change_table(volume: Volume) -> None:
    masks = all_masks(volume)
    default = next(iter(masks.values()))
    rows = []
    for name, mask in masks.items():
        added, taken = mask & ~default, default & ~mask
        soft = (volume.hu[added] > -100) & (volume.hu[added] < 150)
        rows.append(
            (
                name,
                f"{100 * added.sum() / default.sum():.2f} %",
                f"{100 * soft.sum() / default.sum():.2f} %",
                f"{100 * taken.sum() / default.sum():.2f} %",
            )
        )
    print("\n## Against the default, in a normal scan (shares of its voxels)\n")
    print(tabulate(rows, ("method", "added", "of it soft tissue", "taken away"), "github"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    root = parser.parse_args().data
    dice_table(root / "lung-masks")
    infected_table(root / "covid-ct-md-sample")
    (folder,) = (p for p in (root / "covid-ct-md-sample").rglob("normal002") if p.is_dir())
    normal = read_series(folder)
    planted_table(normal)
    change_table(normal)


if __name__ == "__main__":
    main()
