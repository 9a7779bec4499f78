"""Fuzz the readers of scans: whatever the bytes, a volume or one SpgcError comes back.

    python tests/fuzz_readers.py --inputs 5000 --seconds 600

makes as many inputs of each kind (DICOM in every transfer syntax, zip archives, NIfTI, MetaImage,
`.npy` with its sidecar), or stops after the seconds: whole files that were broken in one to four
ways, on the outside or within what is packed. Inputs are read in child processes, so that an abort
of a decoder is counted as well. Failures are another exception, a warning, an abort, more than
`SECONDS` for one input or `MEBIBYTES` for all, and an identifying value in what is said. The seed
repeats them: `--only dicom:0:1234` shows one with its traceback.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import imagecodecs
import nibabel
import numpy as np
from pydicom import uid
from pydicom.dataset import FileMetaDataset

from spgc.ct.read_scan import read_scan
from spgc.errors import SpgcError
from tests.ct.dicom_files import IDENTITY, compressed, images, make_slice, save
from tests.ct.metaimage_files import header, voxels
from tests.ct.test_frames import enhanced

SECONDS = 10
MEBIBYTES = 1024
BATCH = 500

HU = images(1, 32)[0]
NUMBERS = [bytes(2), b"\xff\xff", b"\x7f\xff", b"\xff\x7f", b"\xff" * 4, b"\x01\x00"]

NUMBERS_AS_TEXT = [
    "1e400",
    "9" * 400,
    "9" * 5000,
    "NaN",
    "-Infinity",
    "null",
    "true",
    '"x"',
    "[" * 9999,
    '{"a":' * 9999,
    "1e-320",
    "1e300",
    "0",
    "-0.0",
]

CODECS: dict[str, Callable[..., bytes]] = {
    uid.JPEGLosslessSV1: partial(imagecodecs.jpeg8_encode, lossless=True, predictor=1),
    uid.JPEGLossless: partial(imagecodecs.jpeg8_encode, lossless=True, predictor=6),
    uid.JPEGExtended12Bit: partial(imagecodecs.jpeg8_encode, level=95, bitspersample=12),
    uid.JPEGLSLossless: imagecodecs.jpegls_encode,
    uid.JPEG2000Lossless: partial(
        imagecodecs.jpeg2k_encode, codecformat="j2k", reversible=True, level=0
    ),
    uid.HTJ2KLossless: partial(imagecodecs.htj2k_encode, reversible=True),
}

File = dict[str, bytes]
"""Contents by name; the first name is the scan, unless it is a member of a folder."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=20_000, help="of each kind")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="KIND:SEED:NUMBER, read here with its traceback")
    parser.add_argument("--batch", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        print(read_one(*arguments.only.split(":")))
        return 0
    if arguments.batch:
        work(*arguments.batch.split(":"))
        return 0
    failures, start = 0, time.monotonic()
    for number, kind in enumerate(KINDS):
        until = start + arguments.seconds * (number + 1) / len(KINDS)
        counts, failed = fuzz(kind, arguments.seed, arguments.inputs, until)
        print(f"{kind}: " + ", ".join(f"{n:,} {what}" for what, n in counts.most_common()))
        for line in failed[:20]:
            print(f"  {line}")
        failures += len(failed)
    print(f"{failures:,} failures in {time.monotonic() - start:.0f} s")
    return 1 if failures else 0


def fuzz(kind: str, seed: int, inputs: int, until: float) -> tuple[Counter[str], list[str]]:
    """How many inputs of a kind ended how, and the failures by `--only`'s name."""
    counts: Counter[str] = Counter()
    failed: list[str] = []
    first = 0
    while first < inputs and time.monotonic() < until:
        count = min(BATCH, inputs - first)
        ends = batch(kind, seed, first, count)
        for number, end in ends.items():
            counts[end if end in ("read", "refused") else "failed"] += 1
            if end not in ("read", "refused"):
                failed.append(f"{kind}:{seed}:{number} {end}")
        first += len(ends)
    return counts, failed


def batch(kind: str, seed: int, first: int, count: int) -> dict[int, str]:
    """How inputs ended in a child process, up to the one that killed it, if any did."""
    command = [sys.executable, __file__, "--batch", f"{kind}:{seed}:{first}:{count}"]
    root = str(Path(__file__).parents[1])
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    child = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, check=False
    )
    ends = {int(n): end for n, end in (json.loads(line) for line in child.stdout.splitlines())}
    if len(ends) < count:
        killed = signal.Signals(-child.returncode).name if child.returncode < 0 else "an exit"
        ends[first + len(ends)] = f"{killed} {child.stderr[-300:]!r}"
    return ends


def work(kind: str, seed: str, first: str, count: str) -> None:
    """The child's part: a line of JSON for each input."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in range(int(first), int(first) + int(count)):
        signal.alarm(SECONDS)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            end = read_one(kind, seed, number)
        except Exception as error:
            end = f"{type(error).__name__}: {error}"[:200]
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > max(before, MEBIBYTES * 1024):
            end = "too much memory"
        print(json.dumps([number, end]), flush=True)


def read_one(kind: str, seed: str | int, number: str | int) -> str:
    """How reading an input ended: "read", "refused" or what is wrong with it."""
    rng = random.Random(f"{kind}:{seed}:{number}")  # noqa: S311
    name, files = KINDS[kind](rng)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for path, content in files.items():
            (Path(folder) / path).parent.mkdir(exist_ok=True)
            (Path(folder) / path).write_bytes(content)
        try:
            volume = read_scan(Path(folder) / name)
            end, said = "read", "; ".join(volume.notes)
            if volume.hu.dtype != np.int16 or volume.hu.ndim != 3:
                end = f"{volume.hu.shape} {volume.hu.dtype}"
        except SpgcError as error:
            end, said = "refused", str(error)
    if IDENTITY in said:
        return f"an identifying value in {said!r}"
    return f"a warning: {heard[0].message}"[:200] if heard else end


def broken(rng: random.Random, content: bytes) -> bytes:
    """`content` after one to four accidents, half of them near its beginning."""
    for _ in range(rng.randint(1, 4)):
        size = len(content)
        first = rng.randint(0, min(size, 1200) if rng.random() < 0.5 else size)
        last = min(size, first + rng.choice([1, 2, 4, 16, 64, 400, size]))
        other = content[rng.randint(0, size) :][: last - first]
        content = content[:first] + accident(rng, content[first:last], other) + content[last:]
        if rng.random() < 0.05:
            content = content[: rng.randint(0, len(content))]
    return content


def accident(rng: random.Random, part: bytes, other: bytes) -> bytes:
    kind = rng.randrange(8)
    if kind == 0:
        return bytes(byte ^ (rng.randrange(256) if rng.random() < 0.3 else 0) for byte in part)
    if kind == 1:
        return bytes([part[0] ^ rng.randrange(1, 256)]) + part[1:] if part else part
    if kind == 2:
        return rng.choice(NUMBERS) + part[2:]
    if kind == 3:
        return part * rng.randint(2, 3)
    return [bytes(len(part)), b"", rng.randbytes(len(part)), other][kind - 4]


@cache
def dicoms() -> list[bytes]:
    """Whole files of every transfer syntax."""
    with tempfile.TemporaryDirectory() as folder:
        return [path.read_bytes() for path in _write_dicoms(Path(folder))]


def _write_dicoms(folder: Path) -> Iterator[Path]:
    plain = (
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.DeflatedExplicitVRLittleEndian,
    )
    for number, syntax in enumerate((*plain, *CODECS, uid.RLELossless)):
        dataset = make_slice(HU)
        if syntax in CODECS:
            dataset = compressed(dataset, CODECS[syntax])
        elif syntax == uid.RLELossless:
            save(dataset, folder / "rle.dcm")
            dataset.compress(syntax)
        yield save(dataset, folder / f"{number}.dcm", syntax)
    yield save(enhanced(), folder / "frames.dcm")
    dataset = make_slice(HU)
    dataset.PixelData = (HU.astype(np.int32) + 1024).astype(">u2").tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRBigEndian
    dataset.file_meta.MediaStorageSOPClassUID = uid.CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    path = folder / "big.dcm"
    dataset.save_as(path, implicit_vr=False, little_endian=False, enforce_file_format=True)
    yield path


def dicom(rng: random.Random) -> tuple[str, File]:
    return "scan", {"scan/a.dcm": _broken_dicom(rng)}


def _broken_dicom(rng: random.Random) -> bytes:
    whole = rng.choice(dicoms())
    start = whole.index(b"\xe0\x7f\x10\x00") if b"\xe0\x7f\x10\x00" in whole else len(whole)
    how = rng.randrange(3)
    if how == 0 and start < len(whole):  # the pixels alone, their length left as it is
        return whole[: start + 12] + broken(rng, whole[start + 12 :])
    if how == 1:
        return _broken_inside(rng, whole)
    return broken(rng, whole)


def _broken_inside(rng: random.Random, whole: bytes) -> bytes:
    """The dataset of a deflated file broken before it is packed; others after the preamble."""
    end = 144 + int.from_bytes(whole[140:144], "little")
    if uid.DeflatedExplicitVRLittleEndian.encode() not in whole[:end]:
        return whole[:132] + broken(rng, whole[132:])
    content = broken(rng, zlib.decompress(whole[end:], -zlib.MAX_WBITS))
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return whole[:end] + packer.compress(content) + packer.flush()


def archive(rng: random.Random) -> tuple[str, File]:
    members = [rng.choice(dicoms()) for _ in range(rng.randint(1, 2))]
    outside = rng.random() < 0.7
    if not outside:
        members[0] = _broken_dicom(rng)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as z:
        for number, content in enumerate(members):
            z.writestr(f"{number}.dcm", content)
    content = packed.getvalue()
    if outside:
        head, tail = content[:-200], content[-200:]
        content = broken(rng, content) if rng.random() < 0.5 else head + broken(rng, tail)
    return "a.zip", {"a.zip": content}


@cache
def niftis() -> list[bytes]:
    ras = HU.reshape(4, 16, 16).transpose(2, 1, 0)
    whole = []
    for kind in (nibabel.Nifti1Image, nibabel.Nifti2Image):
        for data in (ras, ras.astype(np.float32), ras * 0.5 - 300):
            image = kind(data, np.diag([0.7, 0.6, 2.5, 1]))
            image.header["descrip"] = IDENTITY.encode()
            image.header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", b"text"))
            whole.append(image.to_bytes())
    return whole


def nifti(rng: random.Random) -> tuple[str, File]:
    content = rng.choice(niftis())
    how = rng.randrange(4)
    if how == 0:
        return "a.nii.gz", {"a.nii.gz": broken(rng, gzip.compress(content, 6, mtime=0))}
    if how == 1:
        return "a.nii.gz", {"a.nii.gz": gzip.compress(broken(rng, content), 6, mtime=0)}
    if how == 2:
        return "a.nii", {"a.nii": broken(rng, content[:540]) + content[540:]}
    return "a.nii", {"a.nii": broken(rng, content)}


def metaimage(rng: random.Random) -> tuple[str, File]:
    content, packed = voxels(), rng.random() < 0.5
    if packed:
        content = zlib.compress(content)
    how = rng.randrange(4)
    if how == 0:
        content = broken(rng, content)
    size = {"CompressedDataSize": str(len(content))} if rng.random() < 0.5 else {}
    data = rng.choice(["LOCAL", "a.raw"])
    head = header(data, CompressedData=str(packed), **size)
    if how == 1:
        head = broken(rng, head)
    elif how == 2:
        head = _other_lines(rng, head)
    if data == "LOCAL":
        content = head + content
        return "a.mha", {"a.mha": broken(rng, content) if how == 3 else content}
    return "a.mhd", {"a.mhd": head, "a.raw": content}


def _other_lines(rng: random.Random, head: bytes) -> bytes:
    """A header with values or whole lines in the places of others."""
    lines = head.splitlines(keepends=True)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(lines))
        key = lines[at].partition(b"=")[0]
        value = rng.choice([*NUMBERS_AS_TEXT, lines[rng.randrange(len(lines))].strip().decode()])
        lines[at] = key + b"= " + value.encode() + b"\n" if rng.random() < 0.8 else b""
    return b"".join(lines)


def npy(rng: random.Random) -> tuple[str, File]:
    stream = io.BytesIO()
    array = HU.reshape(4, 16, 16).astype(rng.choice(["<i2", ">i2", "<f4", "<f8", "<f2", "<i8"]))
    np.save(stream, array if rng.random() < 0.7 else np.asfortranarray(array))
    content, beside = stream.getvalue(), json.dumps({"spacing": [2.5, 0.6, 0.7]}).encode()
    how = rng.randrange(3)
    if how == 0:
        content = broken(rng, content[:128]) + content[128:]
    elif how == 1:
        content = broken(rng, content)
    else:
        beside = rng.choice([broken, _other_json])(rng, beside)
    return "a.npy", {"a.npy": content, "a.json": beside}


def _other_json(rng: random.Random, beside: bytes) -> bytes:
    number = rng.choice(NUMBERS_AS_TEXT)
    return beside.replace(b"0.6", number.encode())


KINDS: dict[str, Callable[[random.Random], tuple[str, File]]] = {
    "dicom": dicom,
    "zip": archive,
    "nifti": nifti,
    "metaimage": metaimage,
    "npy": npy,
}


if __name__ == "__main__":
    sys.exit(main())
