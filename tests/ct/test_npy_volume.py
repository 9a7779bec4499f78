"""`.npy` volumes with their spacing beside them: the same slices, or one clear error."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spgc.ct import npy_volume
from spgc.ct.npy_volume import mapped
from spgc.ct.read_scan import check_scan_file, read_scan
from spgc.errors import SeriesError
from tests.ct.dicom_files import images
from tests.ct.test_plain_volumes import HU, SPACING, refused


def write_npy(folder: Path, array: np.ndarray = HU, spacing: object = SPACING) -> Path:
    np.save(folder / "a.npy", array, allow_pickle=True)
    if spacing is not None:
        (folder / "a.json").write_text(json.dumps({"spacing": spacing}))
    return folder / "a.npy"


def test_npy_with_spacing(tmp_path: Path) -> None:
    volume = read_scan(write_npy(tmp_path))
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == SPACING


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (HU[0], "array is no volume"),
        (np.zeros((0, 4, 4), np.int16), "array is no volume"),
        (np.array([{"a": 1}], object), "can't read volume"),
        (HU.astype(str), "array is no volume"),
        (np.zeros((2, 4, 4), np.uint8), "volume is not in HU"),
    ],
)
def test_arrays_that_are_no_scan(tmp_path: Path, array: np.ndarray, match: str) -> None:
    """A pickled object among them: it is never unpickled."""
    refused(write_npy(tmp_path, array), match)


@pytest.mark.parametrize(
    "spacing",
    [
        None,
        [1, 2],
        "wide",
        [1, 1, "x"],
        [True, 1, 1],
        [1, 1, True],
        ["2.5", 1, 1],
        "111",
        {"1": 0, "2": 0, "3": 0},
        [[1], 1, 1],
        [float("nan"), 1, 1],
        [1, float("inf"), 1],
        [10**400, 1, 1],
    ],
    ids=lambda spacing: str(spacing)[:30],
)
def test_npy_without_spacing(tmp_path: Path, spacing: object) -> None:
    """`true`, texts and what is no number are none, although Python makes numbers of some."""
    refused(write_npy(tmp_path, spacing=spacing), "no spacing")


@pytest.mark.parametrize(
    ("array", "spacing", "match"),
    [
        (HU, [1, True, 1], "no spacing"),
        (HU, [1, 1, 1e6], "spacing is not that of a chest CT"),
        (HU[0], SPACING, "array is no volume"),
        (HU.astype(str), SPACING, "array is no volume"),
    ],
    ids=["bool", "far", "flat", "text"],
)
def test_checking_finds_what_reading_would(
    tmp_path: Path, array: np.ndarray, spacing: object, match: str
) -> None:
    path = write_npy(tmp_path, array, spacing)
    for look in (check_scan_file, read_scan):
        with pytest.raises(SeriesError, match=match):
            look(path)


@pytest.mark.parametrize("spacing", [[0, 1, 1], [1, -1, 1]])
def test_spacing_must_be_positive(tmp_path: Path, spacing: object) -> None:
    refused(write_npy(tmp_path, spacing=spacing), "spacing is not positive")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b'{"spacing": ' * 50_000,
        b'{"spacing": [2, 1e400, 1]}',
        b"\xff\xfe",
        b'{"spacing": [2, ' + b"9" * 5000 + b", 1]}",
        b'{"spacing": [2, 1e300, 1]}',
        b"null",
        b'{"spacing": [1, 1, NaN]}',
        b" " * 2**21 + b'{"spacing": [1, 1, 1]}',
    ],
    ids=lambda content: content[:16].decode("latin-1") + f" {len(content)}",
)
def test_sidecars_of_another_content(tmp_path: Path, content: bytes) -> None:
    path = write_npy(tmp_path)
    (tmp_path / "a.json").write_bytes(content)
    refused(path, "spacing")


def test_sidecar_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = write_npy(tmp_path)
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "a.json").read_bytes())
    assert read_scan(path).spacing == SPACING


def test_fortran_order(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_scan(write_npy(tmp_path, np.asfortranarray(HU))).hu, HU)


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<i2', 'fortran_order': False, 'shape': (40000, 512, 512)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (99999999999999999999, 2, 2)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (-1, 2, 2)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (" + "1, " * 99 + ")}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (2, 2, 2)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 2, 2)",
        "{'descr': '<i2', 'fortran_order': False, 'sh",
        "(" * 9000,
        "\0" * 100,
    ],
    ids=lambda header: header[-30:],
)
def test_damaged_headers_are_one_error(tmp_path: Path, header: str) -> None:
    path = write_npy(tmp_path)
    content = header.encode() + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\0" + len(content).to_bytes(2, "little") + content + bytes(999))
    refused(path, "can't read volume")


def test_an_archive_of_arrays_is_no_volume(tmp_path: Path) -> None:
    path = write_npy(tmp_path)
    with path.open("wb") as stream:
        np.savez(stream, HU)
    refused(path, "no CT images in archive")


def test_headers_of_python_2_are_read_without_a_warning(tmp_path: Path) -> None:
    path = write_npy(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"(5, 6, 7), }  ", b"(5L, 6, 7), } "))
    np.testing.assert_array_equal(read_scan(path).hu, HU)


def test_damaged_files_are_one_error(tmp_path: Path) -> None:
    path, rng = write_npy(tmp_path), np.random.default_rng(1)
    content = path.read_bytes()
    for at in rng.integers(0, len(content), 40):
        flipped = bytes([content[at] ^ int(rng.integers(1, 256))])
        for bad in (content[:at], content[:at] + flipped + content[at + 1 :]):
            path.write_bytes(bad)
            try:
                volume = read_scan(path)
            except SeriesError as error:
                assert "\n" not in str(error)
            else:
                assert volume.hu.ndim == 3


def test_headers_of_gigabytes_are_not_read(tmp_path: Path) -> None:
    path = write_npy(tmp_path)
    path.write_bytes(b"\x93NUMPY\x02\0" + (2**31).to_bytes(4, "little") + bytes(100))
    with pytest.raises(ValueError, match="header of more"):
        mapped(path)
    refused(path, "can't read volume")


def test_slices_along_the_last_axis(tmp_path: Path) -> None:
    """Read as they are they would be slices across the patient's side."""
    hu = images(10, 32)
    refused(write_npy(tmp_path, hu.transpose(2, 1, 0)), "axes of the array are in another order")
    np.testing.assert_array_equal(read_scan(write_npy(tmp_path, hu)).hu, hu)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_all_versions_of_the_format(tmp_path: Path, version: tuple[int, int]) -> None:
    """From the second on the header's length has four bytes, and not the fifth that follows."""
    path = write_npy(tmp_path)
    with path.open("wb") as file:
        np.lib.format.write_array(file, HU, version=version)
    np.testing.assert_array_equal(read_scan(path).hu, HU)


def test_an_array_that_ends_before_its_file(tmp_path: Path) -> None:
    """A header of fewer slices than there are would lose one without a word."""
    path = write_npy(tmp_path)
    path.write_bytes(path.read_bytes() + HU[0].tobytes())
    refused(path, "can't read volume")


@pytest.mark.parametrize(
    "content",
    [
        b'{"spacing": [2, 0.5, 0.6], "spacing": [1, 1, 1]}',
        b'{"spacing": [2, 0.5, 0.6], "unit": "cm"}',
        b'{"spacing": [2, 0.5, 0.6], "units": "m"}',
        b'{"spacing": [2, 0.5, 0.6], "a": {"b": 1, "b": 2}}',
        b'{"spacing": {"1": 1, "2": 1, "3": 1}}',
        b'{"spacing": "123"}',
        b"[1, 1, 1]",
    ],
)
def test_sidecars_that_say_two_things_or_none(tmp_path: Path, content: bytes) -> None:
    """Of a doubled key Python takes the last; another unit than mm is none to be guessed."""
    path = write_npy(tmp_path)
    (tmp_path / "a.json").write_bytes(content)
    for look in (read_scan, check_scan_file):
        with pytest.raises(SeriesError, match=r"no spacing for the .npy volume"):
            look(path)


def test_what_else_stands_in_a_sidecar_is_noted(tmp_path: Path) -> None:
    path = write_npy(tmp_path)
    steps = json.dumps(SPACING)
    (tmp_path / "a.json").write_text(f'{{"spacing": {steps}, "unit": "mm", "Surname": 1}}')
    assert read_scan(path).notes == ("1 keys other than spacing in a.json: not used",)
    (tmp_path / "a.json").write_text(f'{{"spacing": {steps}, "units": "mm"}}')
    assert read_scan(path).notes == ()


def test_a_file_that_is_cut_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that another program saves anew: a mapped one would end the process."""
    path = write_npy(tmp_path)
    checked = npy_volume.check_named

    def cut(path: Path, *facts: Any) -> tuple[str, ...]:
        os.truncate(path, 128)
        return checked(path, *facts)

    monkeypatch.setattr(npy_volume, "check_named", cut)
    refused(path, "can't read volume.*EOFError")
