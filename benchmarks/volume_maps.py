"""How many passes a map in 3-D needs to find what a made-up network looks at, way by way.

    python benchmarks/volume_maps.py --seeds 6

The networks are functions of a volume of ones: they look at one region or two (a sixth to a quarter
of each axis), gently or sharply, at either or at both, or at a region and at everything. Ways: RISE
as published (divided by N · p1), RISE divided by the masks' own sum, as `spgc explain` has it, and
hiding one block after another. Printed: share of pairs of a voxel inside and one outside that the
map orders rightly (area under the ROC curve), mean over networks and seeds, and of the worst
network. Needs minutes on one core; no data.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from itertools import pairwise, product

import numpy as np
import torch
from scipy.stats import rankdata

from spgc.explain.mask_sums import Pace
from spgc.explain.rise import Rise

SIZE = (24, 36, 36)
PACE = Pace(block=16, every=16, least=10**6)

Network = Callable[[np.ndarray], np.ndarray]
"""Volumes (B, D, H, W) to probabilities (B,)."""


def main() -> None:
    wanted = _arguments()
    networks = [one for seed in range(wanted.seeds) for one in made_up(seed)]
    print("passes way cells mean worst")
    for passes in wanted.passes:
        for cells in wanted.cells:
            for way, own_mean in (("RISE as published", False), ("RISE, own sum", True)):
                _show(passes, way, cells, networks, _by_rise(passes, cells, own_mean))
        _show(passes, "blocks", round(passes ** (1 / 3)), networks, _by_blocks(passes))


def made_up(seed: int) -> Iterator[tuple[str, np.ndarray, Network]]:
    """Name, what it looks at (D, H, W) bool, and the network."""
    rng = np.random.default_rng(seed)
    one, two, small = (_region(rng, share) for share in (0.25, 0.25, 0.15))

    def seen(part: np.ndarray, slope: float, middle: float) -> Network:
        return lambda x: 1 / (1 + np.exp(middle - slope * x[:, part].mean(axis=1)))

    first, second = seen(one, 10, 5), seen(two, 10, 5)
    yield "gently", one, lambda x: 0.1 + 0.8 * x[:, one].mean(axis=1)
    yield "sharply", one, seen(one, 20, 5)
    yield "small", small, seen(small, 8, 4)
    yield "either", one | two, lambda x: 1 - (1 - 0.9 * first(x)) * (1 - 0.9 * second(x))
    yield "both", one | two, lambda x: first(x) * second(x)

    def everything(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(8 - 6 * x[:, one].mean(axis=1) - 8 * x.mean(axis=(1, 2, 3))))

    yield "all of it as well", one, everything


def _region(rng: np.random.Generator, share: float) -> np.ndarray:
    found = np.zeros(SIZE, bool)
    starts = [int(rng.integers(0, int(count * (1 - share)))) for count in SIZE]
    found[tuple(slice(a, a + round(n * share)) for a, n in zip(starts, SIZE, strict=True))] = True
    return found


def _by_rise(passes: int, cells: int, own_mean: bool) -> Callable[[Network, int], np.ndarray]:
    def explained(network: Network, seed: int) -> np.ndarray:
        def model(volumes: torch.Tensor) -> torch.Tensor:
            return torch.from_numpy(network(volumes[:, 0].numpy()))[:, None]

        (found,) = Rise(model).explain(
            torch.ones(1, 1, *SIZE),
            0,
            n_masks=passes,
            cells=cells,
            seed=seed,
            own_mean=own_mean,
            pace=PACE,
        )
        return found.values

    return explained


def _by_blocks(passes: int) -> Callable[[Network, int], np.ndarray]:
    """The fall of the answer when a block is hidden, as many a side as the passes allow."""

    def explained(network: Network, seed: int) -> np.ndarray:
        whole = np.ones((1, *SIZE), np.float32)
        found, side = np.zeros(SIZE), round(passes ** (1 / 3))
        edges = [np.linspace(0, count, side + 1).round().astype(int) for count in SIZE]
        for block in product(*([slice(a, b) for a, b in pairwise(one)] for one in edges)):
            hidden = whole.copy()
            hidden[(0, *block)] = 0
            found[block] = (network(whole) - network(hidden))[0]
        return found

    return explained


def _show(
    passes: int,
    way: str,
    cells: int,
    networks: list[tuple[str, np.ndarray, Network]],
    explained: Callable[[Network, int], np.ndarray],
) -> None:
    areas: dict[str, list[float]] = {}
    for seed, (name, truth, network) in enumerate(networks):
        areas.setdefault(name, []).append(_ordered(explained(network, seed), truth))
    means = [float(np.mean(one)) for one in areas.values()]
    print(f"{passes:4d} {way:18s} {cells} {np.mean(means):.3f} {min(means):.3f}", flush=True)


def _ordered(values: np.ndarray, truth: np.ndarray) -> float:
    ranks, inside = rankdata(values.ravel()), truth.ravel()
    count = int(inside.sum())
    pairs = count * (inside.size - count)
    return float((ranks[inside].sum() - count * (count + 1) / 2) / pairs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--passes", type=int, nargs="+", default=[64, 125, 216, 343])
    parser.add_argument("--cells", type=int, nargs="+", default=[4, 5, 6])
    return parser.parse_args()


if __name__ == "__main__":
    main()
