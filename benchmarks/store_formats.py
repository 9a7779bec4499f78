"""How a scan may be stored: size, files, time to write, time to read a slice at random.

    python benchmarks/store_formats.py FOLDER          # any folder of one CT series

Every format holds the same HU volume and lung mask; fastest of several runs, from the page cache.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray
from tabulate import tabulate
from zarr.codecs import BloscCodec, Crc32cCodec

from spgc.ct.lungs import segment_lungs
from spgc.ct.series import read_series
from spgc.ct.store_entry import FILE_SLICES

REPEAT = 4
READS = 60

Arrays = dict[str, NDArray[Any]]
BLOSC = BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle")
ZSTD = BloscCodec(cname="zstd", clevel=1, shuffle="bitshuffle")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    hu = read_series(parser.parse_args().folder).hu
    arrays = {"hu": hu, "mask": segment_lungs(hu)}
    with tempfile.TemporaryDirectory() as scratch:
        rows = [
            measure(name, write, read, arrays, Path(scratch) / str(number))
            for number, (name, write, read) in enumerate(formats(len(hu)))
        ]
    columns = ["format", "MB per scan", "files", "write, ms per slice", "random slice, ms"]
    print(f"{len(hu)} slices of {hu.shape[1]} x {hu.shape[2]}\n")
    print(tabulate(rows, columns, floatfmt=("", ".1f", "", ".2f", ".2f"), tablefmt="github"))


Write = Callable[[Path, Arrays], None]
Open = Callable[[Path], Callable[[int], Any]]


def formats(slices: int) -> list[tuple[str, Write, Open]]:
    return [
        (f"Zarr, {FILE_SLICES} slices a file, LZ4", zarr_writer(FILE_SLICES, BLOSC), open_zarr),
        ("Zarr, one file an array, LZ4", zarr_writer(slices, BLOSC), open_zarr),
        ("Zarr, a slice a file, LZ4", zarr_writer(None, BLOSC), open_zarr),
        ("Zarr, 64 slices a file, Zstandard 1", zarr_writer(64, ZSTD), open_zarr),
        ("npy memory map, mask packed to bits", write_npy, open_npy),
        ("npz, compressed", write_npz, open_npz),
    ]


def zarr_writer(file_slices: int | None, codec: Any) -> Write:
    def write(folder: Path, arrays: Arrays) -> None:
        group = zarr.open_group(folder, mode="w", zarr_format=3)
        for name, array in arrays.items():
            step = file_slices or len(array)
            stored = group.create_array(
                name,
                shape=array.shape,
                dtype=array.dtype,
                chunks=(1, *array.shape[1:]),
                shards=(min(step, len(array)), *array.shape[1:]) if file_slices else None,
                compressors=(codec, Crc32cCodec()),
            )
            for start in range(0, len(array), step):
                stored[start : start + step] = array[start : start + step]

    return write


def open_zarr(folder: Path) -> Callable[[int], Any]:
    group = zarr.open_group(folder, mode="r")
    stored = [group["hu"], group["mask"]]
    return lambda index: [np.asarray(array[index]) for array in stored]  # type: ignore[index]


def write_npy(folder: Path, arrays: Arrays) -> None:
    folder.mkdir()
    np.save(folder / "hu.npy", arrays["hu"])
    np.save(folder / "mask.npy", np.packbits(arrays["mask"], axis=-1))


def open_npy(folder: Path) -> Callable[[int], Any]:
    hu, mask = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("hu", "mask"))
    return lambda index: (np.array(hu[index]), np.unpackbits(mask[index], axis=-1))


def write_npz(folder: Path, arrays: Arrays) -> None:
    folder.mkdir()
    np.savez_compressed(folder / "scan.npz", **arrays)  # type: ignore[arg-type]


def open_npz(folder: Path) -> Callable[[int], Any]:
    def read(index: int) -> Any:
        with np.load(folder / "scan.npz") as scan:
            return scan["hu"][index], scan["mask"][index]

    return read


def measure(name: str, write: Write, read: Open, arrays: Arrays, folder: Path) -> list[Any]:
    slices, times = len(arrays["hu"]), []
    for _ in range(1 if write is write_npz else REPEAT):
        shutil.rmtree(folder, ignore_errors=True)
        start = time.perf_counter()
        write(folder, arrays)
        times.append(time.perf_counter() - start)
    reads = 2 if write is write_npz else READS
    places, slice_of = np.random.default_rng(0).integers(0, slices, reads), read(folder)
    reading = []
    for _ in range(1 if write is write_npz else REPEAT):
        start = time.perf_counter()
        for place in places:
            slice_of(int(place))
        reading.append(time.perf_counter() - start)
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    return [name, size, len(files), 1000 * min(times) / slices, 1000 * min(reading) / reads]


if __name__ == "__main__":
    main()
