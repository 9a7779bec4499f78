"""Real CT series and hand-made masks of the development data folder, none of which is published."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from spgc.ct import decode
from spgc.ct.image_files import list_images
from spgc.ct.lungs import segment_lungs, segment_slice
from spgc.ct.preprocess import preprocess
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume, read_series
from spgc.ct.store import SliceStore
from tests.ct.literal_watershed import literal_watershed

DATA = Path(__file__).parents[3] / "shared" / "data"
SAMPLE = DATA / "covid-ct-md-sample" / "Sample data"
OTHER = DATA / "lung-pet-ct-dx"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no development data folder at {DATA}"),
]


@dataclass(frozen=True)
class Real:
    """A series and what was measured on it once; lengths in mm, `ends` first and last position."""

    folder: Path
    slices: int
    step: float
    pixel: float
    ends: tuple[float, float]
    lung_pixels: int


COVID, CAP, NORMAL = "COVID-19 subjects/P002", "Cap subjects/cap002", "Normal subjects/normal002"

SERIES = {
    "P002": Real(SAMPLE / COVID, 133, 2.0, 0.603515625, (-173.7, -437.7), 5_904_580),
    "cap002": Real(SAMPLE / CAP, 131, 2.0, 0.630859375, (-62.1, -322.1), 5_305_624),
    "normal002": Real(SAMPLE / NORMAL, 167, 2.0, 0.75, (4.3, -327.7), 4_425_125),
    "Philips": Real(OTHER / "A0001_5mm_kernelL", 64, 5.0, 0.841796875, (-124, -439), 1_752_634),
    "Siemens": Real(OTHER / "A0002_8mm_B40f", 30, 8.0, 0.646484375, (312, 80), 897_997),
}


@pytest.fixture(scope="module", params=SERIES)
def series(request: pytest.FixtureRequest) -> tuple[Real, Volume]:
    real = SERIES[request.param]
    return real, read_series(real.folder)


def test_volume(series: tuple[Real, Volume]) -> None:
    real, volume = series
    assert volume.hu.shape == (real.slices, 512, 512)
    assert volume.spacing == pytest.approx((real.step, real.pixel, real.pixel))
    assert volume.positions[[0, -1]] == pytest.approx(real.ends)
    assert np.all(np.diff(volume.positions) < 0)
    assert all("operating system" in note for note in volume.notes)
    assert volume.hu.min() == -1024


def test_apex_comes_first(series: tuple[Real, Volume]) -> None:
    """The neck at the one end holds less air within the body than the middle of the chest."""
    _, volume = series
    masks = segment_lungs(volume.hu[:: len(volume.hu) // 8])
    area = masks.sum(axis=(1, 2))
    assert area[0] < 0.25 * area.max()


def test_masks_are_those_of_the_literal_algorithm(series: tuple[Real, Volume]) -> None:
    _, volume = series
    for index in (len(volume.hu) // 4, 2 * len(volume.hu) // 3):
        image = volume.hu[index]
        np.testing.assert_array_equal(segment_slice(image), literal_watershed(image))


def test_lung_pixels_stay_what_they_were(series: tuple[Real, Volume]) -> None:
    real, volume = series
    assert int(segment_lungs(volume.hu).sum()) == real.lung_pixels


@pytest.mark.parametrize("name", ["P002", "cap002", "normal002"])
def test_both_decoders_agree_on_jpeg_lossless(name: str) -> None:
    images, _ = list_images(SERIES[name].folder)
    for image in images[::20]:
        ours = decode.stored_values(image.dataset, image.path)
        np.testing.assert_array_equal(ours, dcmread(image.path).pixel_array)  # GDCM


def test_store_gives_back_the_volume(tmp_path: Path) -> None:
    real = SERIES["Siemens"]
    store = SliceStore(tmp_path)
    assert preprocess({"scan": real.folder}, store).done == ("scan",)
    hu, mask = store.read("scan").arrays()
    np.testing.assert_array_equal(hu, read_series(real.folder).hu)
    assert int(mask.sum()) == real.lung_pixels


def test_a_series_saved_as_metaimage_is_stored_alike(tmp_path: Path) -> None:
    """By SimpleITK from the same DICOM files: voxels, lungs and every stored byte of both."""
    itk = pytest.importorskip("SimpleITK")
    folder = SERIES["Siemens"].folder
    names = itk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    itk.WriteImage(itk.ReadImage(names), str(tmp_path / "scan.mha"), useCompression=True)
    digests = []
    for place, source in (("one", folder), ("other", tmp_path / "scan.mha")):
        assert preprocess({"scan": source}, SliceStore(tmp_path / place)).done == ("scan",)
        parts = [part for part in sorted((tmp_path / place).rglob("c/**/*")) if part.is_file()]
        digests.append([sha256(part.read_bytes()).hexdigest() for part in parts])
    assert len(digests[0]) > 1
    assert digests[0] == digests[1]
    ours, theirs = read_series(folder), read_scan(tmp_path / "scan.mha")
    np.testing.assert_array_equal(ours.hu, theirs.hu)
    assert theirs.spacing == pytest.approx(ours.spacing)
    np.testing.assert_allclose(theirs.positions, ours.positions)


def test_dice_against_hand_made_masks() -> None:
    """Mean 0.965 over all 60 slices; a fault shows far below, a high value proves little."""
    tifffile = pytest.importorskip("tifffile")
    scores = []
    for path in sorted((DATA / "lung-masks" / "2d_images").glob("*.tif"))[::4]:
        hu = np.clip(tifffile.imread(path), -1024, 3071).astype(np.int16)
        truth = tifffile.imread(path.parents[1] / "2d_masks" / path.name) > 0
        mask = segment_slice(hu)
        scores.append(2 * (mask & truth).sum() / (mask.sum() + truth.sum()))
    assert np.mean(scores) > 0.95
    assert np.min(scores) > 0.88
