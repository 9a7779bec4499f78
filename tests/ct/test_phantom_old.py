"""Phantoms: drawn infection is where it is said to be, and the files are genuine DICOM."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from spgc.ct.lungs import segment_lungs
from spgc.ct.phantom import GROUND_GLASS, draw_phantom
from spgc.ct.phantom_cohort import FULL_PLAN, CohortPlan, write_cohort
from spgc.ct.phantom_dicom import write_series
from spgc.ct.series import read_series
from spgc.errors import DataError
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL, RANKED_SPLITS, SPLITS


def test_infection_only_where_it_belongs() -> None:
    rng = np.random.default_rng
    assert not draw_phantom(NORMAL, rng(0), slices=8, size=128).infected.any()
    for label in (COVID19, CAP):
        phantom = draw_phantom(label, rng(0), slices=12, size=128)
        assert 0 < phantom.infected.sum() < 12, label


def test_covid_is_in_both_lungs_and_hazy_cap_in_one_and_dense() -> None:
    """Mean HU inside the drawn lungs, left and right half of the image."""
    left, right = [], []
    for label in (COVID19, CAP):
        phantom = draw_phantom(label, np.random.default_rng(3), slices=12, size=128)
        hazy = phantom.lungs & (phantom.hu > GROUND_GLASS[0])
        left.append(hazy[..., :64].sum() / phantom.lungs[..., :64].sum())
        right.append(hazy[..., 64:].sum() / phantom.lungs[..., 64:].sum())
    covid, cap = (max(p) / min(p) for p in zip(left, right, strict=True))
    assert cap > covid


def test_same_seed_same_phantom() -> None:
    one, two = (draw_phantom(CAP, np.random.default_rng(5), slices=3, size=96) for _ in "ab")
    np.testing.assert_array_equal(one.hu, two.hu)


@pytest.mark.parametrize("style", ["ordered", "scrambled"])
def test_series_reads_back_head_first(style: str, tmp_path: Path) -> None:
    phantom = draw_phantom(COVID19, np.random.default_rng(1), slices=9, size=128)
    write_series(phantom.hu, tmp_path / "case", pixel_mm=2.5, slice_mm=10.0, style=style,
                 rng=np.random.default_rng(2))  # fmt: skip
    volume = read_series(tmp_path / "case")
    np.testing.assert_array_equal(volume.hu, phantom.hu)
    assert volume.spacing == pytest.approx((10.0, 2.5, 2.5))
    assert np.all(np.diff(volume.positions) < 0)


def test_tags_of_the_release(tmp_path: Path) -> None:
    hu = np.zeros((2, 64, 64), np.int16)
    write_series(hu, tmp_path / "x", pixel_mm=1, slice_mm=1, style="ordered",
                 rng=np.random.default_rng(0))  # fmt: skip
    image = dcmread(tmp_path / "x" / "IM0001.dcm")
    assert image.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.70"
    assert (image.BitsStored, image.RescaleIntercept, image.SOPInstanceUID) == (12, -1024, "")
    assert "SYNTHETIC" in str(image.PatientName)


def test_watershed_finds_the_drawn_lungs() -> None:
    """Dice of the paper's method against the drawn lungs of a normal phantom at full size."""
    phantom = draw_phantom(NORMAL, np.random.default_rng(4), slices=6)
    found = segment_lungs(phantom.hu)
    dice = 2 * (found & phantom.lungs).sum() / (found.sum() + phantom.lungs.sum())
    assert dice > 0.93


def test_full_plan_has_the_ranked_sets_at_full_size() -> None:
    for name in RANKED_SPLITS:
        assert FULL_PLAN.counts[name] == SPLITS[name].counts


PLAN = CohortPlan({"train": (2, 1, 1), "test2": (1, 1, 1)}, slices=(2, 3), size=64)


def test_cohort_is_the_same_whatever_the_jobs(tmp_path: Path) -> None:
    for name, jobs in (("a", 1), ("b", 2)):
        assert write_cohort(tmp_path / name, PLAN, seed=3, jobs=jobs) == 7
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*"))
    assert files == sorted(p.relative_to(tmp_path / "b") for p in (tmp_path / "b").rglob("*"))
    for file in files:
        if (tmp_path / "a" / file).is_file():
            assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_whole_cohort_is_left_alone_and_another_refused(tmp_path: Path) -> None:
    write_cohort(tmp_path / "c", PLAN, seed=3)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "c").rglob("*")}
    write_cohort(tmp_path / "c", PLAN, seed=3)
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "c").rglob("*")}
    with pytest.raises(DataError, match="another phantom cohort"):
        write_cohort(tmp_path / "c", PLAN, seed=4)


def test_case_ids_and_rows_say_synthetic(cohort: Path) -> None:
    for path in (cohort / "manifests").glob("*.csv"):
        for row in path.read_text().splitlines()[1:]:
            assert row.startswith("syn-")
            assert row.endswith(",synthetic")
    assert "SYNTHETIC" in (cohort / "SYNTHETIC.txt").read_text()
    assert set(CLASSES) == {COVID19, CAP, NORMAL}
