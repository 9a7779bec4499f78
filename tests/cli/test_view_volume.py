"""`spgc view --volume`: what networks of whole scans are given, from a system's name or a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spgc.data.layout import Dataset
from spgc.text.purpose import PURPOSE
from tests.cli.conftest import Ran, Spgc
from tests.explain.looking_regions import BOX, SIZE, Regions
from tests.systems.small.crops_lungs import CropsLungs

View = Callable[..., Ran]


@pytest.fixture
def phantom(cohort: Path, dataset: Dataset, tmp_path: Path) -> tuple[object, ...]:
    """One of the tiny cohort, as words of the command."""
    case = next(iter(dataset.cases(None))).case_id
    return case, "--data", cohort, "--store", tmp_path / "store"


@pytest.fixture
def view(
    spgc: Spgc, phantom: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> View:
    """The command on a phantom of the tiny cohort; "crops-lungs" is a system, "model/" a model."""

    def named(name: str) -> type[CropsLungs]:
        assert name == "crops-lungs"
        return CropsLungs

    monkeypatch.setattr("spgc.report.viewed_volume.system_named", named)
    monkeypatch.setattr("spgc.report.viewed_volume.load_system", lambda *_: Regions())
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.json").write_text("{}")
    words = (*phantom, "--out", tmp_path / "given.svg", "--no-show")
    return lambda volume, *more: spgc("view", *words, "--volume", volume, *more)


def test_a_system_by_its_name(view: View, tmp_path: Path) -> None:
    ran = view("crops-lungs")
    assert ran.code == 0, ran.err
    assert "given: 1 picture and 1 mask of 6 × 10 × 8 voxels" in ran.out
    assert "remark: made up by a rule: syn-" in ran.err
    drawn = (tmp_path / "given.svg").read_text()
    for words in ("SYNTHETIC: syn-", "axial, slice", "given, sagittal: 5 of 8", PURPOSE):
        assert words in drawn


def test_a_model_whose_system_names_no_grid(view: View, tmp_path: Path) -> None:
    """The first of its networks shows what it is given."""
    ran = view(tmp_path / "model")
    assert ran.code == 0, ran.err
    assert f"of {' × '.join(map(str, SIZE))} voxels" in ran.out
    low, high = BOX.low[1], BOX.high[1]
    assert f"rows {low + 1:.0f} to {high:.0f} of" in ran.out
    assert "columns -3 to 24 of" in ran.out  # it reaches beyond the scan


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("crops-lungs", "--slice", 2), "found --slice"),
        (("crops-lungs", "--lungs", "none"), "found --lungs"),
    ],
)
def test_options_of_slices_are_refused(
    words: tuple[object, ...], message: str, view: View, tmp_path: Path
) -> None:
    ran = view(*words)
    assert (ran.code, message in ran.err) == (2, True), ran.err
    assert not (tmp_path / "given.svg").exists()


def test_an_option_needs_a_system(spgc: Spgc, phantom: tuple[object, ...], tmp_path: Path) -> None:
    words = ("view", *phantom, "--out", tmp_path / "a.png")
    ran = spgc(*words, "--option", "preset=demo")
    assert (ran.code, "--option is of a system" in ran.err) == (2, True), ran.err
    assert not (tmp_path / "a.png").exists()


def test_systems_of_slices_are_refused(
    spgc: Spgc, phantom: tuple[object, ...], tmp_path: Path
) -> None:
    words = ("view", *phantom, "--out", tmp_path / "a.png")
    ran = spgc(*words, "--volume", "density")
    assert ran.code == 2
    assert "system density has no networks that read whole scans" in ran.err
    assert "unknown system" in spgc(*words, "--volume", "dnesity").err
    assert spgc(*words, "--volume", tmp_path / "nothing").code == 1
