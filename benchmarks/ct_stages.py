"""Where the time of preprocessing goes: each stage on one core, beside the literal segmentation.

    python benchmarks/ct_stages.py FOLDER          # any folder of one CT series
    python benchmarks/ct_stages.py                 # a phantom, written to a temporary folder

Prints a table: stage, ms per slice, share; then the ratio of the literal segmentation to ours, both
measured in this run on the same slices, whose masks must agree.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from tabulate import tabulate

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from ct.literal_watershed import literal_watershed  # noqa: E402

from spgc.ct.decode import stored_values  # noqa: E402
from spgc.ct.image_files import list_images  # noqa: E402
from spgc.ct.lungs import segment_slice  # noqa: E402
from spgc.ct.preprocess_settings import PreprocessSettings  # noqa: E402
from spgc.ct.series import Volume, read_series  # noqa: E402
from spgc.ct.slice_images import resize, stack  # noqa: E402
from spgc.ct.store import SliceStore  # noqa: E402

LITERAL_SLICES = 5
"""Slices for the literal segmentation, spread over the scan: it takes above a second each."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--repeat", type=int, default=3, help="best of so many runs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or write_phantom(Path(scratch) / "phantom")
        report(folder, Path(scratch), options.repeat)


def write_phantom(folder: Path) -> Path:
    """Forty slices of a drawn chest as JPEG Lossless DICOM."""
    from spgc.phantoms.dicom import write_series
    from spgc.phantoms.draw import draw_phantom

    rng = np.random.default_rng(0)
    phantom = draw_phantom("COVID-19", rng, slices=40)
    write_series(
        phantom.hu, folder, pixel_mm=phantom.pixel_mm, slice_mm=5.0, style="ordered", rng=rng
    )
    return folder


def best(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Seconds of the fastest of `repeat` runs, and the result."""
    times, result = [], None
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return min(times), result


def report(folder: Path, scratch: Path, repeat: int) -> None:
    store, settings = SliceStore(scratch / "store"), PreprocessSettings()
    volume = read_series(folder)
    masks = np.stack([segment_slice(image) for image in volume.hu])
    images, _ = list_images(folder)
    count = len(volume.hu)
    ms = {
        "key of the input": best(lambda: store.key_for(folder, settings), repeat)[0],
        "find and parse files": best(lambda: list_images(folder), repeat)[0],
        "decode": best(lambda: [stored_values(i.dataset, i.path) for i in images], repeat)[0],
        "whole reader (parse, decode, HU, order)": best(lambda: read_series(folder), repeat)[0],
        "lungs": best(lambda: [segment_slice(image) for image in volume.hu], repeat)[0],
        "store": best(lambda: write_anew(store, volume, masks), repeat)[0],
    }
    ms = {stage: 1000 * seconds / count for stage, seconds in ms.items()}
    parts = ("key of the input", "whole reader (parse, decode, HU, order)", "lungs", "store")
    whole = sum(ms[stage] for stage in parts)
    rows = [[stage, v, f"{v / whole:.0%}" if stage in parts else ""] for stage, v in ms.items()]
    print(f"{count} slices of {volume.hu.shape[1]} x {volume.hu.shape[2]}, best of {repeat}\n")
    print(
        tabulate(
            [*rows, ["whole scan", whole, "100%"]],
            ["stage", "ms per slice", "share"],
            floatfmt=".2f",
        )
    )
    floor = ms["decode"] + ms["lungs"]
    print(f"\nwhole scan / (decode + lungs): {whole / floor:.2f}")
    compare_decoders([image.path for image in images], repeat)
    compare_with_literal(volume, repeat)
    later_stages(store, volume, masks)


def write_anew(store: SliceStore, volume: Volume, masks: np.ndarray[Any, Any]) -> None:
    """A new key each time: what is in its place already would not be moved in again."""
    store.write("scan", f"settings-{uuid.uuid4().hex}", volume, masks, PreprocessSettings())


def compare_decoders(paths: Sequence[Path], repeat: int) -> None:
    """pydicom with GDCM behind it, read and decode together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        seconds, _ = best(lambda: [dcmread(path).pixel_array for path in paths], repeat)
    print(f"read and decode with pydicom and GDCM: {1000 * seconds / len(paths):.2f} ms per slice")


def compare_with_literal(volume: Volume, repeat: int) -> None:
    chosen = volume.hu[:: max(len(volume.hu) // LITERAL_SLICES, 1)]
    ours, masks = best(lambda: [segment_slice(image) for image in chosen], repeat)
    literal, expected = best(lambda: [literal_watershed(image) for image in chosen], 1)
    same = np.array_equal(np.stack(masks), np.stack(expected))
    print(
        f"literal segmentation: {1000 * literal / len(chosen):.0f} ms per slice, ours "
        f"{1000 * ours / len(chosen):.1f}: {literal / ours:.0f} times; masks "
        f"{'equal' if same else 'DIFFER'} on {len(chosen)} slices"
    )


def later_stages(store: SliceStore, volume: Volume, masks: np.ndarray[Any, Any]) -> None:
    """What training does with a stored slice, at random places."""
    scan = store.read("scan")
    places = np.random.default_rng(0).integers(0, scan.n_slices, 50)
    read, _ = best(lambda: [scan.slice(int(place)) for place in places], 3)
    pairs = [(volume.hu[place], masks[place]) for place in places]
    shrink, _ = best(lambda: [resize(stack(hu, mask), 224) for hu, mask in pairs], 3)
    size = sum(path.stat().st_size for path in scan.folder.rglob("*") if path.is_file())
    print(
        f"random slice from the store: {1000 * read / 50:.2f} ms; stack and resize to 224: "
        f"{1000 * shrink / 50:.2f} ms; {size / scan.n_slices / 1000:.0f} kB per slice stored"
    )


if __name__ == "__main__":
    main()
