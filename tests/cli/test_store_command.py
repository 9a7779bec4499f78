"""`spgc store check` names what is damaged, what makes it good, and removes it when asked."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from spgc.ct.preprocess import preprocess
from spgc.ct.store import SliceStore
from spgc.data.layout import Dataset
from spgc.files.kept import write_kept
from spgc.nets.engines.converted_files import network_digests
from spgc.runs import store_check
from spgc.systems.density.system import Density
from tests.cli.conftest import Spgc
from tests.ct.test_store import write_before
from tests.systems.small.scans import array_cohort


@pytest.fixture(scope="module")
def whole(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with scans, answers and a converted network."""
    root = tmp_path_factory.mktemp("kept")
    preprocess(
        {case.case_id: dataset.folders[case.case_id] for case in dataset.cases("val")},
        SliceStore(root),
    )
    write_kept(root / "answers" / "P001-0123.slices", b"answers")
    path = root / "engines" / "net-ov1.xml"
    path.parent.mkdir()
    for part in (path, path.with_suffix(".bin")):
        part.write_bytes(part.name.encode())
    write_kept(path.with_suffix(".digest"), " ".join(network_digests(path)).encode())
    return root


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "store")


def test_all_is_well(store: Path, spgc: Spgc) -> None:
    ran = spgc("store", "check", "--store", store)
    assert ran.code == 0
    assert ran.out == (
        "Checked: 3 scans, 3 lung masks, 1 cached prediction, 1 converted network. Damaged: 0.\n"
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_large_store_is_checked_by_several_processes_with_the_same_report(
    jobs: int, store: Path, spgc: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = [next((store / room).rglob("c/0/0/0")) for room in ("volumes", "scans")]
    for path in spoiled:
        spoil(path)
    alone = spgc("store", "check", "--store", store, "--json")
    monkeypatch.setattr(store_check, "_MANY", 2)
    monkeypatch.setattr(store_check, "_PART", 3)
    ran = spgc("store", "check", "--store", store, "--json", "--jobs", jobs)
    assert (ran.code, ran.out) == (alone.code, alone.out)
    assert len(json.loads(ran.out)["damaged"]) == len(spoiled)


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("pattern", "kind", "do"),
    [
        ("volumes/*/*/arrays.zarr/hu/c/0/0/0", "scan", "makes it again from its files"),
        ("volumes/*/*/scan.json", "scan", "makes it again from its files"),
        ("scans/*/*/arrays.zarr/mask/zarr.json", "mask", "makes it again from the stored slices"),
        ("scans/*/*/scan.json", "mask", "makes it again from the stored slices"),
        ("answers/*.slices", "answers", "spgc predict runs the scan again"),
        ("engines/*.bin", "network", "spgc predict converts the network again"),
        ("engines/*.digest", "network", "spgc predict converts the network again"),
    ],
)
def test_damage_is_named_and_removed(
    store: Path, spgc: Spgc, pattern: str, kind: str, do: str
) -> None:
    path = next(iter(sorted(store.glob(pattern))))
    spoil(path)
    ran = spgc("store", "check", "--store", store)
    assert ran.code == 1
    assert ran.out.startswith("damaged: ")
    assert do in ran.out
    assert ran.out.endswith("Damaged: 1.\n")
    listed = json.loads(spgc("store", "check", "--store", store, "--json").out)
    [damage] = listed["damaged"]
    assert (damage["kind"], damage["removed"]) == (kind, False)
    assert str(path).startswith(damage["where"].removesuffix(".xml"))
    ran = spgc("store", "check", "--store", store, "--remove")
    assert ran.code == 0
    assert not path.exists()
    assert not any((store / ".drafts").iterdir())
    assert spgc("store", "check", "--store", store).code == 0


def test_scans_without_digests_are_one_line(store: Path, spgc: Spgc) -> None:
    """A whole store of an earlier version is no list of hundreds."""
    for path in store.glob("volumes/*/*/scan.json"):
        facts = json.loads(path.read_text())
        del facts["digest"], facts["sha256"]
        path.write_text(json.dumps(facts))
    ran = spgc("store", "check", "--store", store)
    assert ran.code == 1
    assert ran.out.splitlines()[0].startswith("without digests: 3 scans of an older spgc")
    assert len(ran.out.splitlines()) == 2


def test_scans_of_the_layout_before_are_scans(spgc: Spgc, tmp_path: Path) -> None:
    """They hold their volume and their mask in one, and are made again from their files."""
    folder = write_before(SliceStore(tmp_path / "store"), "P001", "one-files")
    ran = spgc("store", "check", "--store", tmp_path / "store")
    assert (ran.code, ran.out) == (0, "Checked: 1 scan. Damaged: 0.\n")
    spoil(folder / "arrays.zarr/mask/c/0/0/0")
    ran = spgc("store", "check", "--store", tmp_path / "store")
    assert (ran.code, "makes it again from its files" in ran.out) == (1, True)


def test_masks_outlive_a_volume_that_was_removed(store: Path, spgc: Spgc, dataset: Dataset) -> None:
    """It is read again, and they need not be made again."""
    cases = {case.case_id: dataset.folders[case.case_id] for case in dataset.cases("val")}
    masks = {path: path.stat().st_mtime_ns for path in store.glob("scans/*/*/scan.json")}
    spoil(next(store.glob("volumes/*/*/scan.json")))
    spgc("store", "check", "--store", store, "--remove")
    assert len(SliceStore(store).cases()) == 2
    assert len(preprocess(cases, SliceStore(store)).done) == 1
    assert {path: path.stat().st_mtime_ns for path in store.glob("scans/*/*/scan.json")} == masks
    assert len(SliceStore(store).cases()) == 3


def test_models_are_checked_and_never_removed(store: Path, spgc: Spgc, tmp_path: Path) -> None:
    model = tmp_path / "density"
    Density().fit(array_cohort(2, seed=1), [], model)
    ran = spgc("store", "check", "--store", store, "--model", model)
    assert ran.code == 0
    assert "2 model files" in ran.out
    spoil(model / "logistic.json")
    ran = spgc("store", "check", "--store", store, "--model", model, "--remove")
    assert ran.code == 1
    assert "logistic.json: its digest does not fit. copy the model folder" in ran.out
    assert (model / "logistic.json").exists()
    (model / "model.json").write_text("{")
    assert spgc("store", "check", "--store", store, "--model", model).code == 1


@pytest.mark.parametrize("folder", ["volumes", "scans"])
@pytest.mark.parametrize("what", ["file", "misplaced", "link"])
def test_what_nobody_makes_again_can_be_removed(
    store: Path, spgc: Spgc, folder: str, what: str
) -> None:
    """It would be an error for ever: the line names the command that ends it."""
    one, two, *_ = sorted((store / folder).iterdir())
    stray = one.with_name("a-stray")
    if what == "file":
        stray.write_text("")
    elif what == "link":
        stray.symlink_to(two.name)
    else:
        shutil.copytree(one, stray)
    ran = spgc("store", "check", "--store", store)
    assert (ran.code, "spgc store check --remove removes it" in ran.out) == (1, True), ran.out
    (damage,) = json.loads(spgc("store", "check", "--store", store, "--json").out)["damaged"]
    assert damage["kind"] == "stray"
    assert spgc("store", "check", "--store", store, "--remove").code == 0
    ran = spgc("store", "check", "--store", store)
    assert (ran.code, "3 scans, 3 lung masks" in ran.out) == (0, True), ran.out
    assert not os.path.lexists(stray) or not any(stray.iterdir())


def test_nothing_behind_a_link_out_of_the_store_is_removed(
    store: Path, spgc: Spgc, tmp_path: Path
) -> None:
    case = next((store / "scans").iterdir())
    shutil.copytree(case, tmp_path / case.name)
    shutil.rmtree(case)
    case.symlink_to(tmp_path / case.name)
    spoil(next((tmp_path / case.name).glob("*/scan.json")))
    ran = spgc("store", "check", "--store", store, "--remove")
    assert (ran.code, "damaged: " in ran.out, "removed: " in ran.out) == (1, True, False)
    assert len(list((tmp_path / case.name).glob("*/scan.json"))) == 1


def test_leftovers_are_told_and_removed(store: Path, spgc: Spgc) -> None:
    old = [store / "answers" / "P001-density-01.json", store / ".drafts" / "claim-dead"]
    old[0].write_text("[]")
    old[1].mkdir(parents=True)
    os.utime(old[1], (0, 0))
    (store / ".drafts" / "claim-young").mkdir()
    ran = spgc("store", "check", "--store", store)
    assert ran.code == 0
    assert "2 leftovers of dead processes or of an older spgc" in ran.err
    assert "1 scan being made by other processes" in ran.err
    spgc("store", "check", "--store", store, "--remove")
    assert not any(path.exists() for path in old)
    assert (store / ".drafts" / "claim-young").exists()


def test_no_store(spgc: Spgc, tmp_path: Path) -> None:
    ran = spgc("store", "check", "--store", tmp_path / "nothing")
    assert ran.code == 1
    assert "no such slice store" in ran.err


def test_a_folder_of_something_else(spgc: Spgc, tmp_path: Path) -> None:
    """Nothing is said of the wrong folder. An empty one is a new store."""
    assert spgc("store", "check", "--store", tmp_path).code == 0
    (tmp_path / "notes.txt").write_text("x")
    ran = spgc("store", "check", "--store", tmp_path)
    assert ran.code == 1
    assert "this folder is no slice store" in ran.err
