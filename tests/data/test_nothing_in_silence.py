"""A scan of a form or name that is not taken is named with what to do, never passed over."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import MediaStorageDirectoryStorage

from spgc.ct.read_scan import read_scan
from spgc.data.check import check
from spgc.data.layout import open_dataset
from spgc.errors import SeriesError
from tests.ct.dicom_files import images, make_slice, save, write_scan
from tests.ct.test_plain_volumes import write_nifti

HU = images(3)
RAR, SEVEN, LZ4, ZSTD = (
    b"Rar!\x1a\x07\0",
    b"7z\xbc\xaf\x27\x1c",
    b"\x04\x22\x4d\x18",
    b"\x28\xb5\x2f\xfd",
)
APPLE_DOUBLE = b"\0\5\x16\7\0\2\0\0" + bytes(100)


def slices(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(write_scan(folder / "source", HU).iterdir())]


def array(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def arrays(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, first=np.arange(9), ct=values)
    return stream.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return stream.getvalue()


def put(root: Path, files: Mapping[str, bytes]) -> Path:
    """Files below a root that has a good scan as well."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    write_scan(root / "good", HU)
    return root


def errors(root: Path) -> dict[str, str]:
    report = check(open_dataset(root))
    return {f.where: f.what for f in report.findings if f.severity == "error"}


VOLUME = np.zeros((4, 32, 32), np.int16)
LABELS = np.zeros((80, 200), np.int64)


@pytest.fixture
def forms(tmp_path: Path) -> dict[str, bytes]:
    """One file by the name that its case takes."""
    nifti, image = write_nifti(tmp_path / "whole.nii").read_bytes(), slices(tmp_path)[0]
    old = lzma.compress(nifti, format=lzma.FORMAT_ALONE)
    return {
        "arrays.npz": arrays(VOLUME),
        "arrays of any name": arrays(VOLUME),
        "a.bz2": bz2.compress(nifti),
        "b.xz": lzma.compress(nifti),
        "c.lzma": old,
        "d.nii.lzma": old,
        "e.lz4": LZ4 + bytes(99),
        "f.nii.lz4": LZ4 + bytes(99),
        "g.zst": ZSTD + bytes(99),
        "h.nii.zst": ZSTD + bytes(99),
        "i.tar.bz2": bz2.compress(b"x" * 257 + b"ustar" + bytes(250)),
        "j.npy.gz": gzip.compress(array(VOLUME)),
        "k.nii.gz": gzip.compress(gzip.compress(nifti)),
        "l.zip": zipped({"ct.npy": array(VOLUME)}),
        "m.zip": zipped({"ct.nii.gz": gzip.compress(nifti)}),
        "n.zip": zipped({"ct.nii.xz": lzma.compress(nifti)}),
        "o.zip": zipped({"ct.rar": RAR + bytes(99)}),
        "p.rar": RAR + bytes(99),
        "rar of any name": RAR + bytes(99),
        "q.7z": SEVEN + bytes(99),
        "r.7z.001": SEVEN + bytes(99),
        "s.npy of any name": array(VOLUME),
        "t.mnc": b"\x89HDF\r\n\x1a\n" + bytes(600),
        "u.zip": zipped({".IM1": image}),
        "v.zip": zipped({"__MACOSX/IM1": image}),
        "x.bz2": bz2.compress(nifti)[:4] + bytes(600),
        "y.xz": lzma.compress(nifti, preset=9),
        "w.zip.gz": gzip.compress(zipped({"a": image})),
    }


NO_SCANS = {
    "labels.npz": arrays(LABELS),
    "labels.zip": zipped(
        {"a.npy": array(LABELS), "b.csv": b"a,b", "c.csv.gz": gzip.compress(b"a")}
    ),
    "list.csv.zst": ZSTD + bytes(99),
    "list.csv.gz": gzip.compress(b"a,b"),
    "log.bz2": bz2.compress(b"text"),
    "damaged.log.bz2": b"BZh9" + bytes(600),
    "log.xz": lzma.compress(b"text"),
    ".settings": b"text",
    "._list.csv": APPLE_DOUBLE,
}


def test_forms_that_cant_be_read(tmp_path: Path, forms: dict[str, bytes]) -> None:
    """Each fails by name with what to do, when it is checked and when it is read."""
    root = put(tmp_path / "data", {**forms, **NO_SCANS})
    data = open_dataset(root)
    found = {path.name: case for case, path in data.folders.items() if case != "good"}
    assert set(found) == set(forms)
    named = errors(root)
    for name, case in found.items():
        assert "Do: " in named[case], name
        with pytest.raises(SeriesError):
            read_scan(root / name)


@pytest.mark.parametrize(("ending", "pack"), [("bz2", bz2.compress), ("xz", lzma.compress)])
@pytest.mark.parametrize("name", ["IM{}.{}", "IM{}"])
def test_slices_packed_each_in_a_file(tmp_path: Path, name: str, ending: str, pack) -> None:
    files = {f"c/{name.format(i, ending)}": pack(s) for i, s in enumerate(slices(tmp_path))}
    root = put(tmp_path / "data", files)
    assert (
        f"unpack them, they are packed with {'bzip2' if ending == 'bz2' else 'xz'}"
        in errors(root)["c"]
    )
    with pytest.raises(SeriesError, match="unpack the files in it"):
        read_scan(root / "c")


@pytest.mark.parametrize(
    ("names", "where"),
    [
        (["c/.IM1", "c/.IM2"], "c"),
        (["c/.IM1.dcm"], "c"),
        (["c/DICOMDIR"], "c"),
        (["c/._IM1.dcm"], "c"),
        ([".IM1"], "data"),
        (["__MACOSX/IM1"], "__MACOSX"),
        (["__MACOSX/c/IM1.dcm"], "__MACOSX"),
        (["__MACOSX/c/._IM1"], "__MACOSX"),
        ([".a/.b/IM1"], ".a"),
        ([".a/.IM1"], ".a"),
    ],
)
def test_slices_under_names_that_are_left_out(tmp_path: Path, names: list[str], where: str) -> None:
    root = put(tmp_path / "data", dict.fromkeys(names, slices(tmp_path)[0]))
    assert set(open_dataset(root).refused) == {where}
    assert "left out for" in errors(root)[where] or "hidden folder" in errors(root)[where]


def test_links_out_of_hidden_folders(tmp_path: Path) -> None:
    """What they lead to lies where it is seen; `.git` in a hidden folder is a tool's as well."""
    root = put(tmp_path / "data", {".a/x": b"x", ".b/.git/IM1.dcm": slices(tmp_path)[0]})
    (root / ".a" / "up").symlink_to("..")
    (root / ".c").symlink_to(".a")
    data = open_dataset(root)
    assert (set(data.folders), data.refused) == ({"good"}, {})


@pytest.mark.parametrize("name", [".ct.nii", ".ct.zip", ".x/ct.zip", ".x/ct.npy", ".x/ct.dat"])
def test_volumes_under_names_that_are_left_out(tmp_path: Path, name: str) -> None:
    kinds = {"nii": write_nifti(tmp_path / "w.nii").read_bytes(), "npy": array(VOLUME)}
    kinds |= {"zip": zipped({"a": slices(tmp_path)[0]}), "dat": kinds["nii"]}
    root = put(tmp_path / "data", {name: kinds[name.rsplit(".", 1)[1]]})
    assert len(open_dataset(root).refused) == 1


def test_what_systems_leave_behind_is_nothing(tmp_path: Path) -> None:
    """AppleDouble files, also in `__MACOSX`, a true DICOMDIR and pictures' lists."""
    disc = save(make_slice(HU[0], SOPClassUID=MediaStorageDirectoryStorage), tmp_path / "d")
    directory = disc.read_bytes()
    assert b"1.2.840.10008.1.3.10" in directory[:256]
    names = ["c/._IM1.dcm", "__MACOSX/c/._IM1.dcm", "__MACOSX/._c", "._IM1"]
    files = dict.fromkeys(names, APPLE_DOUBLE)
    root = put(tmp_path / "data", {**files, "DICOMDIR": directory, "Thumbs.db": b"\xd0\xcf"})
    data = open_dataset(root)
    assert (set(data.folders), data.refused) == ({"good"}, {})


@pytest.mark.parametrize("name", [".IM9", "DICOMDIR", ".IM9.dcm", "._IM9"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_slice_among_others_under_such_a_name(tmp_path: Path, name: str, packed: bool) -> None:
    """The scan is read, and a note says that a slice was left out."""
    files = {f"IM{i}": content for i, content in enumerate(slices(tmp_path))}
    files[name] = files.pop("IM2")
    root = put(
        tmp_path / "data",
        {"c.zip": zipped(files)} if packed else {f"c/{n}": s for n, s in files.items()},
    )
    path = open_dataset(root).folders["c"]
    said = "files called DICOMDIR" if name == "DICOMDIR" else "hidden files"
    assert f"1 left out: {said} that are DICOM" in read_scan(path).notes
    whats = {f.what for f in check(open_dataset(root)).findings if f.where == "c"}
    assert f"1 left out: {said} that are DICOM" in whats


def test_an_archive_with_hidden_slices_alone(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({".IM1": slices(tmp_path)[0]}))
    with pytest.raises(SeriesError, match="no CT images in archive") as caught:
        read_scan(tmp_path / "a.zip")
    assert caught.value.do == "rename the files that are left out for their names"


def test_forms_of_any_arrays_are_noted(tmp_path: Path) -> None:
    """HDF5 and MATLAB hold models and tables as well, so they are no scan that fails."""
    root = put(tmp_path / "data", {"a.h5": b"x", "b.mat": b"x"})
    assert any("2 files of arrays that are not looked into" in n for n in open_dataset(root).notes)
