"""Files are genuine DICOM: they read back bit for bit, and an outside validator finds nothing but
the traps that are there on purpose."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from spgc.ct.series import read_series
from spgc.phantoms.dicom import encode_lossless, write_series
from spgc.phantoms.scanner import Protocol


@pytest.fixture(scope="module")
def hu() -> np.ndarray:
    noise = np.random.default_rng(0).integers(-1024, 300, (7, 32, 40)).astype(np.int16)
    noise[:, 0, :2] = -1024, 3071  # both ends of twelve bits; a body is not of bone throughout
    return noise


def written(hu: np.ndarray, folder: Path, style: str, **more: object) -> Path:
    write_series(
        hu,
        folder,
        pixel_mm=2.5,
        slice_mm=10.0,
        style=style,  # type: ignore[arg-type]
        rng=np.random.default_rng(2),
        **more,
    )  # type: ignore[arg-type]
    return folder


@pytest.mark.parametrize("style", ["ordered", "scrambled"])
@pytest.mark.parametrize("compress", [True, False])
def test_series_reads_back_head_first(
    style: str, compress: bool, hu: np.ndarray, tmp_path: Path
) -> None:
    volume = read_series(written(hu, tmp_path / "case", style, compress=compress))
    np.testing.assert_array_equal(volume.hu, hu)
    assert volume.spacing == pytest.approx((10.0, 2.5, 2.5))
    assert np.all(np.diff(volume.positions) < 0)


def test_tags_of_the_release(hu: np.ndarray, tmp_path: Path) -> None:
    image = dcmread(written(hu, tmp_path / "x", "ordered", current=range(90, 97)) / "IM0003.dcm")
    assert image.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.70"
    assert (image.BitsStored, image.RescaleIntercept, image.SOPInstanceUID) == (12, -1024, "")
    assert list(image.WindowCenter) == [50, -600]
    assert (image.StudyDate, image.FrameOfReferenceUID, image.SeriesNumber) == ("", "", None)
    assert (image.XRayTubeCurrent, image.KVP, image.ConvolutionKernel) == (92, 110, "D40s")
    assert "SYNTHETIC" in str(image.PatientName)


def test_scrambled_names_tell_no_order(hu: np.ndarray, tmp_path: Path) -> None:
    folder = written(hu, tmp_path / "syn-P001", "scrambled")
    numbers = {int(p.stem.split("_")[1]): dcmread(p).InstanceNumber for p in folder.glob("*.dcm")}
    assert sorted(numbers) == list(range(1, 8))
    assert [numbers[n] for n in sorted(numbers)] != sorted(numbers.values())
    assert dcmread(next(folder.glob("*.dcm"))).PatientID != "syn-P001"
    assert (folder / ".DS_Store").is_file()


def test_jpeg_lossless_is_bit_equal_to_another_decoder(hu: np.ndarray, tmp_path: Path) -> None:
    """Encoded by libjpeg-turbo, decoded by GDCM."""
    image = dcmread(written(hu, tmp_path / "x", "scrambled") / "98C00000-SYNT_1.dcm")
    image.pixel_array_options(decoding_plugin="gdcm")
    values = image.pixel_array.astype(int) - 1024
    np.testing.assert_array_equal(values, hu[image.InstanceNumber - 1])


def test_without_an_encoder_files_are_uncompressed(
    hu: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    assert encode_lossless(np.zeros((2, 2), np.uint16)) is None
    image = dcmread(written(hu, tmp_path / "x", "ordered") / "IM0001.dcm")
    assert image.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    np.testing.assert_array_equal(image.pixel_array.astype(int) - 1024, hu[0])


TRAPS = (
    r"MediaStorageSOPInstanceUID different from SOPInstanceUID",  # emptied in the data set only
    r"Illegal root for UID .* (Study|Series) Instance UID",  # UUIDs where UIDs belong
    r"Value invalid for this VR - \(0x0020,0x000[de]\) UI (Study|Series) Instance UID",
    r"Dicom dataset contains invalid data values for Value Representations",  # sums up the above
    r"Empty attribute \(no value\) Type 1 Required Element=<(FrameOfReferenceUID|SOPInstanceUID)>",
)
"""Errors that the de-identified style causes on purpose, since the release has them."""


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="no dciodvfy (Debian: dicom3tools)")
@pytest.mark.parametrize("compress", [True, False])
def test_an_outside_validator_finds_only_the_traps(
    compress: bool, hu: np.ndarray, tmp_path: Path
) -> None:
    for style, allowed in (("scrambled", ()), ("ordered", TRAPS)):
        folder = written(
            hu,
            tmp_path / style,
            style,
            compress=compress,
            protocol=Protocol(thickness=5, kernel="B60f"),
        )
        path = sorted(folder.glob("*.dcm"))[0]
        run = subprocess.run(["dciodvfy", path], capture_output=True, text=True)
        lines = [line for line in (run.stdout + run.stderr).splitlines() if "Error" in line]
        assert [e for e in lines if not any(re.search(trap, e) for trap in allowed)] == []
        assert "CTImage" in run.stdout + run.stderr
        assert len(allowed) == sum(any(re.search(trap, e) for e in lines) for trap in allowed)
