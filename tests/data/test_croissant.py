"""The Croissant document beside the manifests is theirs, and MLCommons' own tools read it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spgc.data.croissant import FILE_NAME, croissant
from spgc.data.manifests import read_manifest
from spgc.errors import DataError
from spgc.files.shipped import manifests_dir
from spgc.protocol import CLASSES, SPLITS
from tests.outside_tools import run_tool

FOLDER = manifests_dir()
CITATION = Path(__file__).parents[2] / "CITATION.cff"


@pytest.fixture
def document() -> dict[str, Any]:
    """The committed document."""
    read: dict[str, Any] = json.loads((FOLDER / FILE_NAME).read_text(encoding="utf-8"))
    return read


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the manifests' folder."""
    return Path(shutil.copytree(FOLDER, tmp_path / "manifests"))


def record_set(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(part for part in document["recordSet"] if part["@id"] == name)


def test_the_committed_document_is_what_the_manifests_give(document: dict[str, Any]) -> None:
    assert document == croissant(), "run make croissant"


def test_every_file_is_named_by_its_hash_and_size(document: dict[str, Any]) -> None:
    assert [part["contentUrl"] for part in document["distribution"]] == [f"{n}.csv" for n in SPLITS]
    for part in document["distribution"]:
        content = (FOLDER / part["contentUrl"]).read_bytes()
        assert part["sha256"] == hashlib.sha256(content).hexdigest(), part["@id"]
        assert part["contentSize"] == f"{len(content)} B"


def test_a_changed_manifest_makes_the_document_stale(document: dict[str, Any], copy: Path) -> None:
    path = copy / "test1.csv"
    path.write_text(path.read_text().replace("T1-001,COVID-19", "T1-001,Normal"))
    now = croissant(copy)
    assert now["distribution"][2]["sha256"] != document["distribution"][2]["sha256"]
    assert "(14 COVID-19, 0 CAP, 16 Normal)" in record_set(now, "test1")["description"]


def test_a_missing_manifest_is_refused(copy: Path) -> None:
    (copy / "val.csv").unlink()
    with pytest.raises(DataError, match=r"val\.csv"):
        croissant(copy)


def test_splits_classes_and_certainties_are_those_of_the_manifests(
    document: dict[str, Any],
) -> None:
    splits = {row["splits/name"]: row for row in record_set(document, "splits")["data"]}
    assert list(splits) == list(SPLITS)
    for name in SPLITS:
        cases = list(read_manifest(FOLDER / f"{name}.csv"))
        assert splits[name]["splits/scans"] == len(cases)
        certain = [r["certainties/name"] for r in record_set(document, "certainties")["data"]]
        assert {case.certainty for case in cases} <= set(certain)
    assert [r["classes/name"] for r in record_set(document, "classes")["data"]] == list(CLASSES)
    assert {row["splits/url"] for row in splits.values()} == {
        "cr:TrainingSplit",
        "cr:ValidationSplit",
        "cr:TestSplit",
    }


def ids(part: object, key: str) -> Iterator[str]:
    """Every `@id` below `part` that is defined (with a type) or only pointed at."""
    if isinstance(part, list):
        for one in part:
            yield from ids(one, key)
    elif isinstance(part, dict):
        if "@id" in part and ("@type" in part) == (key == "defined"):
            yield part["@id"]
        for one in part.values():
            yield from ids(one, key)


def test_what_is_pointed_at_is_there_once(document: dict[str, Any]) -> None:
    body = {name: part for name, part in document.items() if name != "@context"}
    defined = list(ids(body, "defined"))
    assert len(defined) == len(set(defined))
    assert set(ids(body, "pointed")) <= set(defined)


def test_it_says_what_is_not_here_and_what_is_unknown(document: dict[str, Any]) -> None:
    for text in (
        "images are not distributed here",
        "10.6084/m9.figshare.12991592",
        "10.34740/kaggle/dsv/2866458",
        "not for diagnosis",
    ):
        assert text in document["description"]
    limits = " ".join(document["rai:dataLimitations"])
    for text in ("Stats.csv", "P044", "Unknown: scanner", "licence of the images is not known"):
        assert text in limits


def test_the_day_of_the_release_is_that_of_the_citation(document: dict[str, Any]) -> None:
    assert f'date-released: "{document["datePublished"]}"' in CITATION.read_text()


def test_mlcroissant_finds_no_fault() -> None:
    done = run_tool("mlcroissant", "validate", "--jsonld", FOLDER / FILE_NAME)
    assert done.returncode == 0, done.stderr
    assert "Done." in done.stderr
    assert "WARNING" not in done.stderr
    assert "warning" not in done.stderr


def test_croissant_baker_finds_no_fault() -> None:
    done = run_tool("croissant-baker", "validate", FOLDER / FILE_NAME)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Files: 6" in done.stdout
    assert "Record sets: 9" in done.stdout


def load(folder: Path, split: str) -> tuple[int, list[str]]:
    """Exit code and the records that mlcroissant reads by the document in `folder`."""
    done = run_tool(
        "mlcroissant",
        "load",
        "--jsonld",
        folder / FILE_NAME,
        "--record_set",
        split,
        "--num_records",
        "-1",
    )
    return done.returncode, [line for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("split", ["val", "test1"])
def test_mlcroissant_reads_every_row_by_it(split: str) -> None:
    code, records = load(FOLDER, split)
    assert code == 0
    cases = list(read_manifest(FOLDER / f"{split}.csv"))
    assert len(records) == len(cases)
    for case, record in zip(cases, records, strict=True):
        assert f"'{split}/case': b'{case.case_id}'" in record
        assert f"'{split}/label': b'{case.label}'" in record


def test_mlcroissant_refuses_a_manifest_that_is_not_the_one_described(copy: Path) -> None:
    path = copy / "test1.csv"
    path.write_text(path.read_text().replace("T1-001,COVID-19", "T1-001,Normal"))
    code, records = load(copy, "test1")
    assert code != 0
    assert not records
