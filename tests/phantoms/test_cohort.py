"""A cohort: layout, label arrays, the same bytes on every run, and what a stop leaves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from spgc.ct.series import read_series
from spgc.data.check import check
from spgc.data.layout import open_dataset
from spgc.data.slice_labels import find_slice_labels
from spgc.errors import DataError, DiskFullError
from spgc.phantoms import cohort as module
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
from tests.small_disk import small_disk

__all__ = ["small_disk"]

PLAN = CohortPlan({"train": (2, 1, 1), "test2": (1, 1, 1)}, slices=(2, 3), size=48)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cohort") / "a"
    assert write_cohort(root, PLAN, seed=3) == 7
    return root


def contents(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): sha256(p.read_bytes()).hexdigest()
        for p in sorted(root.rglob("*"))
        if p.is_file()
    }


SCRIPT = """
from pathlib import Path
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
plan = CohortPlan({"test2": (1, 1, 1), "train": (2, 1, 1)}, slices=(2, 3), size=48)
write_cohort(Path(%r), plan, seed=3, jobs=2)
"""


def test_the_same_bytes_in_another_process(written: Path, tmp_path: Path) -> None:
    """Another hash seed, another number of jobs, splits named in another order."""
    script = SCRIPT % str(tmp_path / "b")
    environment = os.environ | {"PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    assert contents(tmp_path / "b") == contents(written)


def test_a_split_alone_has_the_same_scans(written: Path, tmp_path: Path) -> None:
    write_cohort(tmp_path / "c", PLAN.only(["test2"]), seed=3)
    alone, whole = contents(tmp_path / "c"), contents(written)
    scans = [name for name in alone if name.endswith(".dcm")]
    assert scans
    assert all(alone[name] == whole[name] for name in scans)


def test_another_seed_other_pixels(written: Path, tmp_path: Path) -> None:
    write_cohort(tmp_path / "d", PLAN.only(["test2"]), seed=4)
    other, whole = contents(tmp_path / "d"), contents(written)
    assert all(other[n] != whole.get(n) for n in other if n.endswith(".dcm"))


def test_whole_cohort_is_left_alone_and_another_refused(written: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in written.rglob("*")}
    write_cohort(written, PLAN, seed=3)
    assert before == {p: p.stat().st_mtime_ns for p in written.rglob("*")}
    with pytest.raises(DataError, match="another phantom cohort"):
        write_cohort(written, PLAN, seed=4)


def test_a_stopped_run_goes_on(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the middle of a scan: whole scans stay, the broken one is drawn again."""
    root, real, calls = tmp_path / "e", module.write_series, []

    def stop_in_the_third(*words: object, **more: object) -> None:
        real(*words, **more)  # type: ignore[arg-type]
        calls.append(words)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_series", stop_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        write_cohort(root, PLAN, seed=3)
    assert not (root / "cohort.json").exists()
    assert len(list(root.glob("* subjects/*/"))) == 2
    write_cohort(root, PLAN, seed=3)
    assert len(calls) == 3 + 5
    assert contents(root) == contents(written)


def test_label_arrays_have_the_form_and_traps_of_the_release(written: Path) -> None:
    slices, lobes = (np.load(written / f"{n}-level-labels.npy") for n in ("Slice", "Lobe"))
    assert (slices.shape, slices.dtype) == ((2, 200), np.int64)
    assert (lobes.shape, lobes.dtype) == ((2, 200, 5), np.float64)
    np.testing.assert_array_equal(lobes.any(axis=2), slices)
    rows = (written / "Index.csv").read_text().splitlines()
    assert rows == [
        "Label Index,Diagnosis,Relative Path,Folder/ID",
        "0,COVID-19,./COVID-19/,syn-P001",
        "2,CAP,./CAP/,syn-cap001",
    ]
    found = find_slice_labels(written)
    assert found is not None
    assert set(found.labels) == {"syn-P001", "syn-cap001"}
    dataset = open_dataset(written)
    record = json.loads((written / ".phantom" / "syn-cap001.json").read_text())
    expected = np.array(record["lobes"]).any(axis=1)
    labels = dataset.slice_labels("syn-cap001")
    assert labels is not None
    np.testing.assert_array_equal(labels[: len(expected)], expected)
    assert expected.any()


def test_a_cohort_reads_as_what_it_is(written: Path) -> None:
    dataset = open_dataset(written)
    report = check(dataset)
    assert report.ok
    assert report.slice_labelled == 2
    assert not any("lobe" in finding.what for finding in report.findings)
    assert len(dataset.folders) == sum(map(sum, PLAN.counts.values()))
    for folder in dataset.folders.values():
        assert len(read_series(folder).hu) in (2, 3)


def test_figshare_layout(tmp_path: Path) -> None:
    plan = CohortPlan({"val": (1, 0, 1)}, slices=(1, 1), size=48, layout="figshare")
    write_cohort(tmp_path / "f", plan)
    assert (tmp_path / "f" / "COVID-19 Cases" / "syn-P001").is_dir()
    assert set(open_dataset(tmp_path / "f").folders) == {"syn-P001", "syn-normal001"}


def test_case_ids_and_rows_say_synthetic(written: Path) -> None:
    for split, counts in PLAN.counts.items():
        rows = (written / "manifests" / f"{split}.csv").read_text().splitlines()[1:]
        assert len(rows) == sum(counts)
        for row in rows:
            assert row.startswith("syn-")
            assert row.endswith(",synthetic")
    assert "SYNTHETIC" in (written / "SYNTHETIC.txt").read_text()


def test_two_processes_at_once_write_one_cohort(written: Path, tmp_path: Path) -> None:
    """Started together, they share the work or do it twice; neither fails, and the bytes agree."""
    script = (SCRIPT % str(tmp_path / "together")).replace("jobs=2", "jobs=1")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    both = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    errors = [process.communicate()[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    assert contents(tmp_path / "together") == contents(written)


def test_a_scan_that_another_process_finished_first_is_kept(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very moment before it would move in."""
    root, rename, late = tmp_path / "late", Path.rename, []

    def raced(self: Path, target: Path) -> Path:
        if "drafts" in str(self) and target.parent.name.endswith("subjects"):
            late.append(shutil.copytree(self, target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", raced)
    write_cohort(root, PLAN, seed=3)
    assert late
    assert contents(root) == contents(written)


def test_another_plan_at_the_same_moment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find an empty folder; the first to write its plan wins."""
    write, root = module._write_first, tmp_path / "both"

    def later(path: Path, text: str) -> None:
        write(path, text.replace('"seed": 3', '"seed": 4'))
        write(path, text)

    monkeypatch.setattr(module, "_write_first", later)
    with pytest.raises(DataError, match="another phantom cohort"):
        write_cohort(root, PLAN, seed=3)


@pytest.mark.parametrize("content", ["", "{}", '{"lobes": [1]}', "[" * 100_000, "\0"])
def test_a_damaged_record_is_drawn_again(written: Path, tmp_path: Path, content: str) -> None:
    root = shutil.copytree(written, tmp_path / "damaged")
    (root / module.STAMP_FILE).unlink()
    (root / ".phantom" / "syn-cap001.json").write_text(content)
    write_cohort(root, PLAN, seed=3)
    assert contents(root) == contents(written)


def test_a_full_disk_is_one_error(small_disk: Path) -> None:
    """Half a megabyte is left, which is too little for the plan."""
    (small_disk / "ballast").write_bytes(bytes(2**19))
    plan = CohortPlan({"train": (9, 9, 9)}, slices=(8, 8), size=96)
    with pytest.raises(DiskFullError, match=r"no space left.*MB free"):
        write_cohort(small_disk / "phantoms", plan)
    assert not list((small_disk / "phantoms" / ".phantom" / "drafts").iterdir())


def test_a_file_in_the_folders_place_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="Not a directory"):
        write_cohort(tmp_path / "file" / "below", PLAN)


def test_drafts_of_a_killed_process_go_where_the_cohort_is_whole(
    written: Path, tmp_path: Path
) -> None:
    """Another process ended it: nobody else would come by."""
    root = tmp_path / "copy"
    shutil.copytree(written, root)
    dead = root / ".phantom" / "drafts" / "dead"
    (dead / "scan").mkdir(parents=True)
    for path in (dead / "scan", dead):
        os.utime(path, (0, 0))
    assert write_cohort(root, PLAN, seed=3) == 7
    assert not dead.exists()
