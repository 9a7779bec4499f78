"""Scans are handed on in order while others are being read, and a bad one stops nobody."""

import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

import spgc.ct.scan_to_store
from spgc.contract.scan import NamedScan
from spgc.contract.system import Prediction
from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.read_scan import read_scan
from spgc.ct.scan_to_store import (
    CHECKING,
    MASK_REMADE,
    READING,
    REMADE,
    SEGMENTING,
    STARTING,
    STORING,
)
from spgc.ct.store import SliceStore
from spgc.ct.stored_scan import StoredScan
from spgc.data.layout import Dataset
from spgc.errors import DataError, SeriesError, StoreError
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.chosen import ScanInMemory
from spgc.nets.slices.predictor import SlicePredictor
from spgc.runs.answers import answer
from spgc.runs.reading_ahead import ReadAhead
from spgc.runs.scans import Prepared
from spgc.systems.cnr_iemn.system import CnrIemn

T = TypeVar("T")


def read_ahead(folders: Mapping[str, Path], store: Path, jobs: int = 1) -> ReadAhead:
    return ReadAhead(folders, (), SliceStore(store), PreprocessSettings(), jobs)


def behind() -> list[threading.Thread]:
    """Threads of ours that still work."""
    return [t for t in threading.enumerate() if t.name in ("reading ahead", "engine")]


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_scan_comes_in_the_order_of_the_cases(
    jobs: int, dataset: Dataset, prepared: Prepared, tmp_path: Path
) -> None:
    folders = dict(reversed(dataset.folders.items()))
    with read_ahead(folders, tmp_path, jobs) as scans:
        assert [thread.name for thread in behind()] == ["reading ahead"]
        got = [(case, scan.key) for case, scan in scans]
    assert got == [(case, prepared.scans[case].key) for case in folders]
    slices = sum(scan.n_slices for scan in prepared.scans.values())
    stages = {stage.name: stage for stage in scans.stages()}
    started = stages.pop(STARTING, None)  # none where the processes are kept from work before
    assert started is None or (jobs == 2 and started.cpu > 0)
    assert set(stages) == {CHECKING, READING, SEGMENTING, STORING}
    assert all(stage.seconds > 0 and stage.slices == slices for stage in stages.values())
    assert all(stage.cpu > 0 for stage in stages.values())
    with read_ahead(folders, tmp_path, jobs) as scans:
        assert [(case, scan.key) for case, scan in scans] == got
    again = [(s.name, s.slices) for s in scans.stages() if s.name != STARTING]
    assert again == [(CHECKING, 0)]  # all were there already


def test_a_single_scan_is_handed_on_from_memory(
    dataset: Dataset, prepared: Prepared, tmp_path: Path
) -> None:
    """The same as from the store, where it lies as well, and it is not held after that."""
    case = next(iter(dataset.folders))
    stored = prepared.scans[case]
    kinds = []
    for _ in range(2):
        with read_ahead({case: dataset.folders[case]}, tmp_path, jobs=2) as scans:
            [(name, scan)] = list(scans)
            kinds.append(type(scan))
            assert scans.prepared().scans[case].key == scan.key == stored.key
            assert all(one.scan is None for one in scans._found.values())
        assert (name, scan.spacing) == (case, stored.spacing)
        for given, kept in zip(scan.arrays(), stored.arrays(), strict=True):
            assert given.dtype == kept.dtype
            np.testing.assert_array_equal(given, kept)
    assert kinds == [ScanInMemory, StoredScan]


def test_a_stored_scan_comes_by_the_path_that_was_given(
    dataset: Dataset, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading goes by the absolute one; by the given one errors are known and told."""
    case = next(iter(dataset.folders))
    folders = {case: dataset.folders[case].absolute()}
    monkeypatch.chdir(tmp_path)
    for root in (Path("store"), tmp_path / "store"):
        for _ in range(2):  # made, then there
            with read_ahead(folders, root) as scans:
                [(_, scan)] = list(scans)
            kept = scans.prepared().scans[case]
            assert kept.folder == SliceStore(root).place(case, prepared.scans[case].key)
        assert isinstance(scan, StoredScan)
        assert (scan.mask, scan.volume) == (kept.mask, kept.volume)
        scan.slice(0)
        assert "_hu" not in vars(kept)  # opened arrays go with the scan


def test_a_scan_that_was_handed_on_and_then_dropped_counts(
    dataset: Dataset, tmp_path: Path
) -> None:
    """By a command on other files of its case: it was said to be left out, though answered."""
    folders = dict(list(dataset.folders.items())[:2])
    with read_ahead(folders, tmp_path) as scans:
        got = [(case, scan.key) for case, scan in scans]
    shutil.rmtree(tmp_path / "scans")
    told = scans.prepared()
    assert [(case, scan.key) for case, scan in told.scans.items()] == got
    assert all(scan.voxels for scan in told.scans.values())
    assert not told.failures


def test_a_bad_scan_is_left_out(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    first, second, *_ = dataset.folders
    folders = {
        first: dataset.folders[first],
        "bad": tmp_path / "bad",
        second: dataset.folders[second],
    }
    with read_ahead(folders, tmp_path / "store") as scans:
        assert [case for case, _ in scans] == [first, second]
    assert set(scans.prepared().failures) == {"bad"}
    assert set(scans.prepared().scans) == {first, second}


def test_an_error_before_reading_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: SliceStore) -> None:
        raise StoreError("no store today")

    monkeypatch.setattr(SliceStore, "sweep", fail)
    with (
        read_ahead({"a": tmp_path}, tmp_path) as scans,
        pytest.raises(StoreError, match="no store today"),
    ):
        list(scans)


def test_nothing_to_read(tmp_path: Path) -> None:
    with read_ahead({}, tmp_path) as scans:
        assert list(scans) == []


class Slow:
    """A system that tells when it has its first scan."""

    name, summary, learns_unlabelled, lung_method = "slow", "", False, DEFAULT_LUNGS

    def __init__(self, has_one: threading.Event) -> None:
        self._has_one = has_one

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        found = {}
        for case, _ in scans:
            self._has_one.set()
            found[case] = Prediction("Normal")
        return found


def test_scans_are_answered_while_others_are_read(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second scan can only be read once the system has the first: no deadlock, no error."""
    has_one, reads = threading.Event(), []

    def read(source: Path) -> object:
        reads.append(source)
        assert len(reads) == 1 or has_one.wait(60)
        return read_scan(source)

    monkeypatch.setattr(spgc.ct.scan_to_store, "read_scan", read)
    cases = dataset.cases("val")
    done = answer(dataset, cases, Slow(has_one), SliceStore(tmp_path))  # type: ignore[arg-type]
    assert set(done.predictions) == {case.case_id for case in cases}
    assert done.run["scans"] == len(cases) == len(reads)
    assert done.run["stages"][0]["slices"] == done.run["slices"] > 0


def test_an_error_of_the_system_ends_reading(dataset: Dataset, tmp_path: Path) -> None:
    class Broken(Slow):
        def predict(self, *_: object) -> dict[str, Prediction]:
            raise DataError("no")

    with pytest.raises(DataError, match="no"):
        answer(dataset, dataset.cases("val"), Broken(threading.Event()), SliceStore(tmp_path))  # type: ignore[arg-type]
    assert not behind()


class Reading(Slow):
    """A system that looks at every slice."""

    asked: list[str]

    def __init__(self) -> None:
        self.asked = []

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        found = {}
        for case, scan in scans:
            self.asked.append(case)
            scan.arrays()
            found[case] = Prediction("Normal")
        return found


@pytest.mark.parametrize("times", [1, 2])
def test_a_scan_damaged_while_answering_is_made_again_or_fails_alone(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """The disk fails once: the scan is read again from its files. Twice: the others go on."""
    cases = dataset.cases("val")
    bad = cases[1].case_id
    damaged = []

    class Failing(Reading):
        def predict(
            self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
        ) -> dict[str, Prediction]:
            return super().predict(self.spoilt(scans))

        def spoilt(self, scans: Iterable[NamedScan]) -> Iterator[NamedScan]:
            for case, scan in scans:
                if case == bad and len(damaged) < times:
                    damaged.append(case)
                    chunk = scan.volume.folder / "arrays.zarr/hu/c/0/0/0"  # type: ignore[attr-defined]
                    chunk.write_bytes(bytes(chunk.stat().st_size))
                yield case, scan

    done = answer(dataset, cases, Failing(), SliceStore(tmp_path))  # type: ignore[arg-type]
    wanted = {case.case_id for case in cases}
    if times == 1:
        assert not done.prepared.failures
        assert set(done.predictions) == wanted
        assert done.prepared.notes[bad] == (REMADE,)
    else:
        assert set(done.predictions) == wanted - {bad}
        assert set(done.prepared.failures) == {bad}
        assert "damaged" in str(done.prepared.failures[bad])


@pytest.mark.parametrize(
    ("part", "array", "remark"), [("volume", "hu", REMADE), ("mask", "mask", MASK_REMADE)]
)
def test_a_damaged_scan_in_the_store_is_made_again_before_it_is_answered(
    dataset: Dataset, tmp_path: Path, part: str, array: str, remark: str
) -> None:
    cases, store = dataset.cases("val"), SliceStore(tmp_path)
    answer(dataset, cases, Reading(), store)  # type: ignore[arg-type]
    bad = cases[0].case_id
    chunk = getattr(store.read(bad), part).folder / f"arrays.zarr/{array}/c/0/0/0"
    chunk.write_bytes(bytes(chunk.stat().st_size))
    system = Reading()
    done = answer(dataset, cases, system, store)  # type: ignore[arg-type]
    assert system.asked == [case.case_id for case in cases]
    assert {name: note for name, note in done.prepared.notes.items() if remark in note} == {
        bad: (remark,)
    }


def test_missing_scans_are_refused_before_anything_is_read(
    dataset: Dataset, tmp_path: Path
) -> None:
    cases = dataset.cases("val")
    partial = type(dataset)(**{**vars(dataset), "folders": {cases[0].case_id: Path("nowhere")}})
    with pytest.raises(DataError, match="missing cases, submission not written"):
        answer(partial, cases, Slow(threading.Event()), SliceStore(tmp_path))  # type: ignore[arg-type]
    with pytest.raises(SeriesError, match="nowhere"):
        answer(partial, cases, Slow(threading.Event()), SliceStore(tmp_path), allow_missing=True)  # type: ignore[arg-type]


def test_stopped_and_started_again(
    dataset: Dataset, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C after the first scan: nothing goes on behind, and that scan is not answered again."""
    runtime = Runtime("cpu", "fp32", answers=tmp_path / "answers", batch_size=4)
    cases, store = dataset.cases("val"), SliceStore(tmp_path / "store")

    def stop(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for item in items:
            yield item
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer(dataset, cases, CnrIemn.load(model, runtime), store, track=stop)
    for thread in behind():
        thread.join(60)  # Ctrl-C waits for no scan that is being read
        assert not thread.is_alive()
    assert len(list((tmp_path / "answers").iterdir())) == 1
    answered: list[str] = []
    keep = SlicePredictor._keep
    monkeypatch.setattr(
        SlicePredictor,
        "_keep",
        lambda self, owner, rows: (answered.append(owner.case_id), keep(self, owner, rows)),
    )
    again = answer(dataset, cases, CnrIemn.load(model, runtime), store)
    assert answered == [case.case_id for case in cases[1:]]
    assert set(again.predictions) == {case.case_id for case in cases}
