"""Files whose end became zeroes: flat parts of images that slices beside them lack are noted."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.ct.cut_images import cut_images_noted
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume

SIZE = 64


def noise(slices: int = 5) -> NDArray[np.int16]:
    return np.random.default_rng(0).integers(-1000, 100, (slices, SIZE, SIZE)).astype(np.int16)


def notes(hu: NDArray[np.int16]) -> tuple[str, ...]:
    volume = Volume(hu, (5.0, 1.0, 1.0), -5.0 * np.arange(len(hu)), ("before",))
    done = cut_images_noted(volume)
    assert done.hu is hu
    assert done.notes[0] == "before"
    return done.notes[1:]


@pytest.mark.parametrize("rows", [SIZE // 16, SIZE // 2, SIZE - 1, SIZE])
@pytest.mark.parametrize("turned", [False, True])
def test_a_slice_that_ends_in_one_value_is_noted(rows: int, turned: bool) -> None:
    hu = noise()
    hu[2, SIZE - rows :] = -1024
    (note,) = notes(hu[:, ::-1] if turned else hu)
    assert note.endswith("is the file whole? (slices 3)")


def test_first_and_last_slices_and_several_are_noted() -> None:
    hu = noise()
    for index in (0, 1, 4):
        hu[index, SIZE // 2 :] = 0
    (note,) = notes(hu)
    assert note.endswith("(slices 2, 5)")  # the first is like the one beside it


@pytest.mark.parametrize(
    "case", ["noise", "padded alike", "blank ends", "masked", "one slice", "lungs", "turned"]
)
def test_what_real_series_have_is_not_noted(case: str) -> None:
    hu = noise(1 if case == "one slice" else 5)
    if case == "padded alike":
        hu[:, SIZE // 2 :] = -1024
    elif case == "blank ends":
        hu[[0, -1]] = -1024
    elif case == "masked":
        for index, image in enumerate(hu):
            image[40 + 3 * index :] = -1024
    elif case == "lungs":
        lungs = np.hypot(*np.ogrid[-32:32, -32:32]) < np.array([3, 12, 24, 9, 16]).reshape(-1, 1, 1)
        hu[~lungs] = -1024
    elif case == "turned":
        for index, rows in enumerate([SIZE, SIZE, 40, 15]):
            hu[index, SIZE - rows :] = -1024
    assert notes(hu) == ()


def test_an_uncompressed_file_whose_half_is_zeroes_is_noted(cohort: Path, tmp_path: Path) -> None:
    import pydicom

    case = next((cohort / "COVID-19 subjects").iterdir())
    folder = Path(shutil.copytree(case, tmp_path / "scan"))
    for path in folder.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.decompress()
        dataset.save_as(path)
    whole = read_scan(folder)
    path = sorted(folder.glob("*.dcm"))[2]
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    cut = read_scan(folder)
    assert not np.array_equal(cut.hu, whole.hu)
    assert [note for note in cut.notes if "is the file whole?" in note]
    assert not [note for note in whole.notes if "is the file whole?" in note]
