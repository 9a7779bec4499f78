"""Compare our lung masks with the literal algorithm's on whole scans: slow, about a second a slice.

    python benchmarks/check_masks.py FOLDER [FOLDER ...] [--every 5]

Prints slices compared and pixels that differ for each folder of one CT series; exit code 1 when
any pixel differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from ct.literal_watershed import literal_watershed

from spgc.ct import flood
from spgc.ct.series import read_series
from spgc.ct.watershed import watershed_slice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=1, help="compare every n-th slice")
    options = parser.parse_args()
    whole: list[int] = []
    original = flood.flood_whole
    flood.flood_whole = lambda *args: whole.append(1) or original(*args)
    different = 0
    for folder in options.folders:
        scan = read_series(folder).hu[:: options.every]
        pixels = sum(
            int(np.count_nonzero(watershed_slice(image, 2) != literal_watershed(image, 2)))
            for image in scan
        )
        different += pixels
        print(f"{folder.name}: {len(scan)} slices, {pixels} pixels differ", flush=True)
    print(f"whole flood needed on {len(whole)} slices")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
