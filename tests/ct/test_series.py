"""A folder of DICOM files becomes the volume that its geometry says, or one clear error."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from spgc.ct.quiet_pydicom import quiet_pydicom
from spgc.ct.series import read_series
from spgc.errors import SeriesError
from tests.ct.dicom_files import IDENTITY, Tags, images, make_slice, save, write_scan

HU = images(7)


def check_error(folder: Path, match: str) -> SeriesError:
    """The folder gives one line that says what, where, found, expected and what to do."""
    with pytest.raises(SeriesError, match=match) as caught:
        read_series(folder)
    error = caught.value
    assert all(error.as_dict().values()), error.as_dict()
    assert "\n" not in str(error)
    assert IDENTITY not in str(error)
    return error


def tagged(**tags: Any) -> Any:
    """An `edit` that gives every slice the same tags."""
    return lambda index, own: own.update(tags)


def test_plain_series(tmp_path: Path) -> None:
    volume = read_series(write_scan(tmp_path, HU))
    assert volume.hu.dtype == np.int16
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.spacing == (2.0, 0.5, 0.75)
    np.testing.assert_allclose(volume.positions, 100.0 - 2.0 * np.arange(7))
    assert volume.notes == ()


@pytest.mark.parametrize("count", [1, 3, 19])
def test_short_scans(tmp_path: Path, count: int) -> None:
    volume = read_series(write_scan(tmp_path, images(count)))
    assert volume.hu.shape == (count, 16, 16)
    assert volume.spacing[0] == 2.0


def test_single_slice_without_thickness(tmp_path: Path) -> None:
    volume = read_series(write_scan(tmp_path, HU[:1], edit=tagged(SliceThickness=None)))
    assert volume.spacing[0] == 1.0
    assert "single slice" in volume.notes[0]


def test_missing_uids(tmp_path: Path) -> None:
    volume = read_series(write_scan(tmp_path, HU, edit=tagged(SeriesInstanceUID="")))
    np.testing.assert_array_equal(volume.hu, HU)


def test_a_uid_of_its_own_in_each_file(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        tags.update(SeriesInstanceUID=f"1.2.{index}")

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    np.testing.assert_array_equal(volume.hu, HU)
    assert any("SeriesInstanceUID" in note for note in volume.notes)


def test_invalid_uid_gives_no_warning(tmp_path: Path) -> None:
    uid = "a7f3e0c2-1111-2222-3333-444444444444"
    volume = read_series(write_scan(tmp_path, HU, edit=tagged(SeriesInstanceUID=uid)))
    assert volume.notes == ()


def test_stray_files_are_left_out(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    for name in (".DS_Store", "Thumbs.db", "DICOMDIR", "notes.txt"):
        (tmp_path / name).write_bytes(b"stray")
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert [note[:10] for note in volume.notes] == ["1 left out"]
    assert "notes.txt" not in " ".join(volume.notes)


def test_localizer_and_other_modality_are_left_out(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    scout = make_slice(images(1, 20)[0], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    save(scout, tmp_path / "scout.dcm")
    save(make_slice(HU[0], Modality="SR"), tmp_path / "report.dcm")
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert sorted(note[:10] for note in volume.notes) == ["1 left out", "1 left out"]


def test_the_larger_axial_series_is_taken(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    write_scan(tmp_path, images(5), name="B{}.dcm", edit=tagged(SeriesInstanceUID="1.2.4"))
    coronal = tagged(SeriesInstanceUID="1.2.5", ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
    write_scan(tmp_path, images(9), name="C{}.dcm", edit=coronal)
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert any("3 series" in note and "(7)" in note for note in volume.notes)


def test_two_series_of_one_size_are_ambiguous(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    write_scan(tmp_path, images(7, 16, 1), name="B{}.dcm", edit=tagged(SeriesInstanceUID="1.2.4"))
    check_error(tmp_path, "several series in one folder")


def test_two_series_without_uids_are_refused(tmp_path: Path) -> None:
    """Two scans, each counted from 1, whose slices lie between each other's."""
    for name, offset, count in (("a", 0.0, 7), ("b", 0.7, 6)):
        for index in range(count):
            dataset = make_slice(
                HU[index], z=-2.0 * index - offset, number=index + 1, SeriesInstanceUID=""
            )
            save(dataset, tmp_path / f"{name}{index}.dcm")
    check_error(tmp_path, "with the same or no UIDs.*12 of 13 slices share")


def test_slices_beside_each_other_are_no_axial_series(tmp_path: Path) -> None:
    """Coronal slices whose orientation was lost: their positions run from front to back."""

    def edit(index: int, tags: Tags) -> None:
        tags.update(ImageOrientationPatient=None, ImagePositionPatient=[-10, 5.0 * index, 100])

    check_error(write_scan(tmp_path, HU, edit=edit), "slices lie beside each other")


@pytest.mark.parametrize("kind", ["1.2.840.10008.5.1.4.1.1.66", "1.3.12.2.1107.5.9.1"])
def test_objects_without_an_image_are_left_out(tmp_path: Path, kind: str) -> None:
    """Raw data, and what a vendor keeps beside its images, both called CT."""
    write_scan(tmp_path, HU)
    raw = make_slice(HU[0])
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(raw, keyword)
    path = save(raw, tmp_path / "raw.dcm")
    whole = dcmread(path)
    whole.file_meta.MediaStorageSOPClassUID = kind
    whole.save_as(path)
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == ("1 left out: DICOM objects that are not CT images",)


def test_repeated_numbers_alone_are_no_reason_to_refuse(tmp_path: Path) -> None:
    for index in range(7):
        save(make_slice(HU[index], z=-2.0 * index, number=index // 2), tmp_path / f"{index}.dcm")
    np.testing.assert_array_equal(read_series(tmp_path).hu, HU)


def test_no_axial_series(tmp_path: Path) -> None:
    edit = tagged(ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
    check_error(write_scan(tmp_path, HU, edit=edit), "no axial series")


def test_identical_duplicates_are_dropped(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    shutil.copy(tmp_path / "IM0003.dcm", tmp_path / "copy of IM0003.dcm")
    volume = read_series(tmp_path)
    np.testing.assert_array_equal(volume.hu, HU)
    assert volume.notes == ("1 left out: identical copies of other slices",)


def test_different_slices_at_one_place(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    save(make_slice(HU[0], z=96.0, number=3), tmp_path / "other.dcm")
    check_error(tmp_path, "two different slices at one position")


def test_gap_is_noted_with_place_and_size(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    (tmp_path / "IM0004.dcm").unlink()
    (tmp_path / "IM0005.dcm").unlink()
    volume = read_series(tmp_path)
    assert volume.spacing[0] == 2.0
    assert volume.notes == ("gap of 6.0 mm after slice 3: about 2 of 2.0 mm missing",)


def test_a_position_far_from_all_others_is_refused(tmp_path: Path) -> None:
    """Not a gap: the slice does not lie where its damaged position says."""

    def edit(index: int, tags: Tags) -> None:
        if index == 4:
            tags["ImagePositionPatient"] = [-10, -10, 9999]

    write_scan(tmp_path, HU, edit=edit)
    assert "IM0005.dcm" in str(check_error(tmp_path, "far from the rest"))


def test_slices_shifted_in_their_plane_are_noted(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        tags["ImagePositionPatient"] = [20 if index > 3 else -10, -10, tags["z"]]

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    assert volume.notes == ("slices are shifted in their plane by up to 30.0 mm",)


def test_one_pixel_spacing_of_another_size_is_noted(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        if index == 2:
            tags["PixelSpacing"] = [0.9, 0.9]

    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    assert volume.spacing == (2.0, 0.5, 0.75)
    assert any("in 1 slices: 0.500 x 0.750 mm of the others taken" in n for n in volume.notes)


def test_pixel_spacings_without_a_majority_are_refused(tmp_path: Path) -> None:
    def edit(index: int, tags: Tags) -> None:
        tags["PixelSpacing"] = [0.5 + 0.1 * index, 0.75]

    write_scan(tmp_path, HU, edit=edit)
    check_error(tmp_path, "different pixel sizes")


def test_mixed_image_sizes(tmp_path: Path) -> None:
    write_scan(tmp_path, HU)
    save(make_slice(images(1, 20)[0], z=0), tmp_path / "large.dcm")
    error = check_error(tmp_path, "different image sizes")
    assert error.found == "7 of 16x16, 1 of 20x20"


@pytest.mark.parametrize("keep", [0.02, 0.5, 0.97])
def test_truncated_file(tmp_path: Path, keep: float) -> None:
    write_scan(tmp_path, images(3, 64))
    path = tmp_path / "IM0002.dcm"
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    assert "IM0002.dcm" in str(check_error(tmp_path, "can't"))


@pytest.mark.parametrize("content", [b"", b"this is text\n" * 40, b"\x89PNG\r\n" + bytes(900)])
def test_foreign_file_that_claims_to_be_dicom(tmp_path: Path, content: bytes) -> None:
    write_scan(tmp_path, HU)
    (tmp_path / "IM0009.dcm").write_bytes(content)
    assert "IM0009.dcm" in str(check_error(tmp_path, "can't read DICOM file"))


@pytest.mark.parametrize("implicit", [True, False])
def test_old_files_without_preamble(tmp_path: Path, implicit: bool) -> None:
    for index, image in enumerate(HU):
        dataset = make_slice(image, z=-2.0 * index, number=index + 1)
        path = tmp_path / f"{index}.dcm"
        dataset.save_as(path, implicit_vr=implicit, little_endian=True)
        assert path.read_bytes()[128:132] != b"DICM"
    np.testing.assert_array_equal(read_series(tmp_path).hu, HU)


@pytest.mark.parametrize("value", ["", [0, 0, 0, 0, 0, 0]], ids=["empty", "zeros"])
def test_useless_orientation(tmp_path: Path, value: object) -> None:
    volume = read_series(write_scan(tmp_path, HU, edit=tagged(ImageOrientationPatient=value)))
    np.testing.assert_array_equal(volume.hu, HU)


def test_damaged_headers_never_escape_as_another_error(tmp_path: Path) -> None:
    path = save(make_slice(HU[0]), tmp_path / "a.dcm")
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        content = bytearray(whole)
        for place in rng.integers(128, len(whole) - HU[0].nbytes, rng.integers(1, 8)):
            content[place] = rng.integers(256)
        path.write_bytes(content)
        try:
            read_series(tmp_path)
        except SeriesError as error:
            refused += 1
            assert IDENTITY not in str(error)
    assert refused > 20


def test_empty_folder(tmp_path: Path) -> None:
    assert check_error(tmp_path, "no CT images").found == "an empty folder"


def test_folder_of_folders(tmp_path: Path) -> None:
    write_scan(tmp_path / "P001", HU)
    check_error(tmp_path, "no CT images")


def test_missing_folder(tmp_path: Path) -> None:
    check_error(tmp_path / "nowhere", "can't read scan folder")


def test_multi_frame_image(tmp_path: Path) -> None:
    write_scan(tmp_path, HU[:1], edit=tagged(NumberOfFrames=3))
    check_error(tmp_path, "multi-frame")


def test_notes_hold_no_identifying_tag(tmp_path: Path) -> None:
    edit = tagged(ImagePositionPatient=None, RescaleSlope=None, PixelSpacing=None)
    volume = read_series(write_scan(tmp_path, HU, edit=edit))
    assert len(volume.notes) == 3
    assert IDENTITY not in " ".join(volume.notes)


def test_no_identifying_tag_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """pydicom quotes values that are none, as the release's UIDs; the log stays empty."""
    folder = write_scan(tmp_path, HU, edit=tagged(SeriesInstanceUID=IDENTITY))
    caplog.clear()  # of what writing the file logged
    with caplog.at_level(logging.DEBUG):
        read_series(folder)
        assert caplog.records == []
        logging.getLogger("pydicom").warning("heard again afterwards")
    assert len(caplog.records) == 1


def test_modules_of_pydicom_are_quiet_as_well(caplog: pytest.LogCaptureFixture) -> None:
    """Their loggers pass by the filters of the package's."""
    with quiet_pydicom():
        logging.getLogger("pydicom.pixels.decoders.base").warning(IDENTITY)
    assert caplog.records == []


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_scan(tmp_path, images(2, 64))
    path = tmp_path / "IM0002.dcm"
    path.write_bytes(path.read_bytes()[:-100])
    check_error(tmp_path, "can't decode")
    assert capfd.readouterr() == ("", "")
