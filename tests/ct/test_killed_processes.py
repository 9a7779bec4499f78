"""Killed at any moment, or one of several, `spgc preprocess` ends with the store of a quiet run."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.store import SliceStore
from spgc.files.drafts import DEAD_SECONDS
from tests.ct.dicom_files import images, write_scan
from tests.ct.store_processes import content, reads, start, touches

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL and fork")

MOMENTS = 20
"""Accesses to the store at which a process is killed, drawn from all of them."""

PATIENCE = 300
"""Seconds that a busy machine may need for what takes one."""

CASES = ("T1-001", "T1-002", "T1-003")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("data")
    for index, case in enumerate(CASES):
        write_scan(root / "Test-1" / case, images(2, seed=index))
    return root


@pytest.fixture(scope="module")
def quiet_run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The store of an uninterrupted run, and how often that run touched it."""
    folder = tmp_path_factory.mktemp("quiet")
    run(data, folder)
    assert reads(folder / "log") == list(CASES)
    return folder / "store", touches(folder / "log")


def run(data: Path, folder: Path, kill_at: int | None = None) -> None:
    words = ["preprocess", "--data", str(data), "--store", str(folder / "store"), "--jobs", "1"]
    process = start(words, folder / "store", folder / "log", kill_at)
    process.join(PATIENCE)
    assert process.exitcode == (0 if kill_at is None else -9)


def sweep_all(store: Path) -> None:
    """What the store is after leftovers of killed processes have come of age."""
    for leftover in (store / ".drafts").rglob("*"):
        old = leftover.stat().st_mtime - 2 * DEAD_SECONDS
        os.utime(leftover, (old, old))
    SliceStore(store).sweep()


def without_volume(store: Path) -> list[str]:
    """Cases whose files have to be read: their volumes are not in the store yet."""
    return [case for case in CASES if not list(store.glob(f"volumes/{case}-*/*/scan.json"))]


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_killed_then_started_again(
    data: Path, quiet_run: tuple[Path, int], tmp_path: Path, moment: int
) -> None:
    expected, accesses = quiet_run
    store = tmp_path / "store"
    first, last = (accesses * part // MOMENTS for part in (moment, moment + 1))
    step = int(np.random.default_rng(moment).integers(first, last))
    run(data, tmp_path, kill_at=step)
    finished = SliceStore(store).cases()
    assert finished == CASES[: len(finished)]
    for case in finished:  # what is there is whole
        theirs, ours = (SliceStore(root).read(case).arrays() for root in (expected, store))
        assert all(np.array_equal(a, b) for a, b in zip(theirs, ours, strict=True))
    before, unread = len(reads(tmp_path / "log")), without_volume(store)
    assert not set(unread) & set(finished)
    run(data, tmp_path)
    assert sorted(reads(tmp_path / "log")[before:]) == unread
    sweep_all(store)
    assert content(store) == content(expected)
    assert not list((store / ".drafts").iterdir())


def test_killed_again_and_again(data: Path, quiet_run: tuple[Path, int], tmp_path: Path) -> None:
    """Each start gets further, however early the next one is killed within its scan."""
    expected, accesses = quiet_run
    rng = np.random.default_rng(1)
    for _ in range(5):
        process = start(
            ["preprocess", "--data", str(data), "--store", str(tmp_path / "store"), "--jobs", "1"],
            tmp_path / "store",
            tmp_path / "log",
            int(rng.integers(accesses)),
        )
        process.join(PATIENCE)
        assert process.exitcode in (0, -9)
    run(data, tmp_path)
    sweep_all(tmp_path / "store")
    assert content(tmp_path / "store") == content(expected)


def test_killed_while_replacing_a_changed_scan(
    data: Path, quiet_run: tuple[Path, int], tmp_path: Path
) -> None:
    """Either the old or the new scan can be read at any time, and the old one goes in the end."""
    expected, _ = quiet_run
    case, store = CASES[0], tmp_path / "store"
    folder = write_scan(tmp_path / "data" / "Test-1" / case, images(2, seed=9))
    for other in CASES[1:]:
        write_scan(tmp_path / "data" / "Test-1" / other, images(2, seed=CASES.index(other)))
    run(tmp_path / "data", tmp_path)
    write_scan(folder, images(2, seed=0))
    for step in range(8, 40, 4):
        process = start(
            ["preprocess", "--data", str(tmp_path / "data"), "--store", str(store), "--jobs", "1"],
            store,
            tmp_path / "log",
            step,
        )
        process.join(PATIENCE)
        assert SliceStore(store).read(case).n_slices == 2
    run(tmp_path / "data", tmp_path)
    sweep_all(store)
    assert content(store) == content(expected)


def test_three_processes_share_a_store(tmp_path: Path) -> None:
    """No error, the same store, and little is read twice."""
    names = [f"T1-{number:03d}" for number in range(1, 13)]
    for index, name in enumerate(names):
        write_scan(tmp_path / "data" / "Test-1" / name, images(6, size=64, seed=index))
    words = ["preprocess", "--data", str(tmp_path / "data"), "--jobs", "1", "--store"]
    shared, alone = tmp_path / "shared", tmp_path / "alone"
    together = [
        start([*words, str(shared)], shared, tmp_path / f"log{number}") for number in range(3)
    ]
    for process in together:
        process.join(PATIENCE)
    assert [process.exitcode for process in together] == [0, 0, 0]
    done = [name for number in range(3) for name in reads(tmp_path / f"log{number}")]
    assert set(done) == set(names)
    assert len(done) <= len(names) + 3 * 2  # at the end, each may do what two others still do
    process = start([*words, str(alone)], alone, tmp_path / "log")
    process.join(PATIENCE)
    assert content(shared) == content(alone)
    assert not list((shared / ".drafts").iterdir())
