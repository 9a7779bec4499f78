"""Calls on scans give what their commands give: the same files, tables and JSON values."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import spgc
from spgc.jobs.extras import has

if not has("ct"):
    pytest.skip("needs what [ct] brings", allow_module_level=True)

from spgc.ct.store import SliceStore
from spgc.data.layout import open_dataset
from spgc.runs.listener import Listener
from spgc.runs.scans import Prepared
from tests.api.test_same_as_commands import document, plain, shows
from tests.cli.conftest import Spgc
from tests.cli.conftest import spgc as command

cli = command

RECIPE = """format = 1
[sizes.two]
pixels = 64
slices = [5, 5]
[sizes.two.scans]
val = [1, 0, 0]
test2 = [0, 0, 1]
[splits]
"""

NAMES: dict[str, Any] = {"size": "two", "jobs": 1, "seed": 3}


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of two scans that the call drew."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "two.toml").write_text(RECIPE)
    result = spgc.phantom(folder / "scans", recipe=folder / "two.toml", **NAMES)
    assert result.scans == 2
    shows(result)
    return folder


def test_phantom(drawn: Path, cli: Spgc, tmp_path: Path) -> None:
    """The same files, byte for byte."""
    words = ("--recipe", drawn / "two.toml", "--size", "two", "--seed", 3, "--jobs", 1)
    said = document(cli, "phantom", tmp_path / "theirs", *words)
    assert said["scans"] == 2
    assert files_below(tmp_path / "theirs") == files_below(drawn / "scans")
    again = spgc.phantom(drawn / "scans", recipe=drawn / "two.toml", **NAMES)
    assert plain(again) == said | {"root": str(drawn / "scans")}


def test_phantom_of_one_split(drawn: Path, tmp_path: Path) -> None:
    part = spgc.phantom(tmp_path / "one", recipe=drawn / "two.toml", splits="val", **NAMES)
    assert part.scans == 1
    with pytest.raises(spgc.UsageError, match="seed"):
        spgc.phantom(tmp_path / "none", seed=-1)
    with pytest.raises(spgc.UsageError, match="no such split"):
        spgc.phantom(tmp_path / "none", recipe=drawn / "two.toml", size="two", splits="test1")
    assert not (tmp_path / "none").exists()


def test_check_data(drawn: Path, cli: Spgc, tmp_path: Path) -> None:
    root = drawn / "scans"
    result = spgc.check_data(root)
    assert plain(result) == document(cli, "data", "check", root)
    assert bool(result) is result.ok is True
    assert str(result).split("\n") == [
        line.rstrip() for line in cli("data", "check", root).out.rstrip("\n").split("\n")
    ]
    shows(result)
    broken = spgc.check_data(tmp_path)
    assert not broken
    assert plain(broken) == document(cli, "data", "check", tmp_path, code=1)
    assert broken._rows()[0]["severity"] == "error"


def test_index_data(drawn: Path, cli: Spgc, tmp_path: Path) -> None:
    """The same manifests, whether labels are in a file or in a mapping."""
    root = tmp_path / "own"
    for number, folder in enumerate(open_dataset(drawn / "scans").folders.values()):
        shutil.copytree(folder, root / f"scan{number}")
    labels = {"scan0": "cap", "scan1": "normal"}
    (tmp_path / "labels.csv").write_text("Study,Label\nscan0,cap\nscan1,normal\n")
    words = ("data", "index", root, "--labels", tmp_path / "labels.csv")
    said = document(cli, *words, "--out", tmp_path / "theirs")
    result = spgc.index_data(root, out=tmp_path / "ours", labels=labels)
    assert files_below(tmp_path / "ours") == files_below(tmp_path / "theirs")
    assert [one["cases"] for one in said["files"]] == [row["cases"] for row in result._rows()]
    assert str(result) == f"wrote {tmp_path / 'ours' / 'own.csv'}: 2 cases, 0 without a class"
    shows(result)
    with pytest.raises(spgc.DataError, match="manifests are there already"):
        spgc.index_data(root, out=tmp_path / "ours")
    again = spgc.index_data(root, out=tmp_path / "ours", labels=labels, force=True)
    assert again._rows() == result._rows()


def test_preprocess_and_check_store(drawn: Path, cli: Spgc, tmp_path: Path) -> None:
    """The same scans in both stores, under the same keys; a damaged file is found and removed."""
    root, ours, theirs = drawn / "scans", tmp_path / "ours", tmp_path / "theirs"
    told: list[str] = []
    listener = Listener(track=tracked(told))
    result = spgc.preprocess(root, ours, splits="val", jobs=1, listener=listener)
    words = ("preprocess", "--data", root, "--split", "val", "--jobs", 1, "--store")
    assert plain(result) == document(cli, *words, theirs)
    assert told == ["preprocess"]
    (case,) = result.done
    assert result.keys == {case: SliceStore(theirs).read(case).key}
    again = spgc.preprocess(root, ours, jobs=1)
    assert (again.reused, len(again.done)) == ((case,), 1)
    assert [row["state"] for row in again._rows()] == ["stored", "reused"]
    assert str(again).startswith("Scans: 1 stored, 1 in the store already, 0 failed.")
    shows(again)
    good = spgc.check_store(ours)
    assert good
    assert plain(good) == document(cli, "store", "check", "--store", ours)
    shows(good)
    chunk = max((p for p in theirs.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    chunk.write_bytes(chunk.read_bytes()[:-7])
    bad = spgc.check_store(theirs)
    assert not bad
    assert plain(bad) == document(cli, "store", "check", "--store", theirs, code=1)
    gone = spgc.check_store(theirs, remove=True)
    assert gone
    assert gone.removed
    assert [row["removed"] for row in gone._rows()] == [True]


def tracked(told: list[str]) -> Any:
    def track(items: Any, label: str, total: int | None = None) -> Iterator[Any]:
        told.append(label)
        yield from items

    return track


def test_a_method_of_lungs_that_does_not_exist(drawn: Path, tmp_path: Path) -> None:
    with pytest.raises(spgc.UsageError, match="magic"):
        spgc.preprocess(drawn / "scans", tmp_path / "s", lungs="magic")
    with pytest.raises(spgc.UsageError, match="dask_tls and dask_insecure go with dask"):
        spgc.preprocess(drawn / "scans", tmp_path / "s", dask_insecure=True)
    assert not (tmp_path / "s").exists()


def test_merge_of_shards(
    cohort: Path, store: SliceStore, prepared: Prepared, cli: Spgc, tmp_path: Path
) -> None:
    """Shards joined by the call are what one call writes, and what the command joins."""
    model = tmp_path / "model"
    spgc.train(cohort, store.root, model, system="density", jobs=1)
    asked: dict[str, Any] = {"splits": "test2", "jobs": 1}
    whole = spgc.predict(cohort, store.root, model, out=tmp_path / "whole", **asked)
    for number in (1, 2):
        shard = f"{number}/2"
        spgc.predict(cohort, store.root, model, out=tmp_path / "parts", shard=shard, **asked)
    with pytest.raises(spgc.UsageError, match="no such shard"):
        spgc.predict(cohort, store.root, model, out=tmp_path / "parts", shard="3/2", **asked)
    said = document(cli, "merge", tmp_path / "parts", "--out", tmp_path / "theirs")
    result = spgc.merge([tmp_path / "parts"], tmp_path / "ours")
    for path in whole.files:
        for folder in ("ours", "theirs"):
            assert (tmp_path / folder / path.name).read_bytes() == path.read_bytes()
    mine = json.loads(json.dumps(result.as_dict()).replace("/ours/", "/theirs/"))
    assert mine == said
    assert (result.cases, result.parts) == (3, 2)
    shows(result)


@pytest.mark.skipif(not has("report"), reason="needs what [report] brings")
def test_view(drawn: Path, cli: Spgc, tmp_path: Path) -> None:
    """The same picture, byte for byte; a notebook gets it as PNG."""
    scan = next(iter(open_dataset(drawn / "scans").folders.values()))
    remarks: list[str] = []
    plot = spgc.view(scan, slices=[2, 4], listener=Listener(say=remarks.append))
    plot.save(tmp_path / "ours.png")
    ran = cli("view", scan, "--slice", 2, "--slice", 4, "--out", tmp_path / "theirs.png")
    assert ran.code == 0, ran.err
    assert (tmp_path / "ours.png").read_bytes() == (tmp_path / "theirs.png").read_bytes()
    assert remarks == [line for line in ran.err.splitlines() if line.startswith("remark")]
    assert plot._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(spgc.UsageError, match="no such slice"):
        spgc.view(scan, slices=[99])
    with pytest.raises(spgc.UsageError, match="no --volume"):
        spgc.view(scan, options={"preset": "demo"})
