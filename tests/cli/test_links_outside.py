"""Links, splits and cases that would lead out of a named folder: refused, or kept inside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Spgc
from tests.cli.hostile_box import Box, box, density, write_manifest

__all__ = ["box", "density"]


def test_a_split_that_is_a_path_is_named(box: Box, spgc: Spgc) -> None:
    """Before any work, with the manifest and the line."""
    write_manifest(box, "../outside/precious")
    ran = spgc(
        "predict", "--data", box.data, "--store", box.store, "--model", box.model, "--out", box.out
    )
    assert ran.code == 1
    assert "split can't be a file name" in ran.err
    assert "a.csv, line 2" in ran.err
    assert not (box.store / "scans").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Test2", "two splits have names that differ only in spelling"),
        ("te\u017ft2", "two splits have names that differ only in spelling"),  # an old s
    ],
)
def test_splits_that_one_file_would_take_are_refused(
    name: str, said: str, box: Box, spgc: Spgc
) -> None:
    """On a file system that ignores case, the second would overwrite the first."""
    write_manifest(box, name)
    ran = spgc(
        "predict", "--data", box.data, "--store", box.store, "--model", box.model, "--out", box.out
    )
    assert ran.code == 1
    assert said in ran.err


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("store/scans", ["preprocess", "--data", "{data}", "--store", "{store}", "--jobs", 1]),
        ("store/.drafts", ["preprocess", "--data", "{data}", "--store", "{store}", "--jobs", 1]),
        (
            "store/answers",
            [
                "predict",
                "--data",
                "{data}",
                "--store",
                "{store}",
                "--model",
                "{model}",
                "--out",
                "{out}",
            ],
        ),
        ("phantoms/COVID-19 subjects", ["phantom", "{phantoms}", "--size", "tiny"]),
        ("phantoms/.phantom", ["phantom", "{phantoms}", "--size", "tiny"]),
        ("phantoms/manifests", ["phantom", "{phantoms}", "--size", "tiny"]),
        ("index", ["data", "index", "{data}/Test-2", "--out", "{index}"]),
    ],
)
def test_links_inside_a_named_folder_lead_nowhere(
    place: str, words: list[object], box: Box, spgc: Spgc
) -> None:
    """A store, a cohort or an output from a stranger may hold links in place of folders."""
    linked = box.root / "inside" / place
    linked.parent.mkdir(parents=True, exist_ok=True)
    if place == "index":  # a folder that the user names may be a link: its files may not
        linked.mkdir()
        linked = linked / "test2.csv"
        linked.symlink_to(box.outside / "precious.csv")
        words = [*words, "--force"]
    else:
        linked.symlink_to(box.outside)
        (linked.parent / "SYNTHETIC.txt").touch()  # as in a cohort that was begun
    before = box.untouched()
    named = {
        name: str(box.root / "inside" / name)
        for name in ("data", "store", "model", "out", "phantoms", "index")
    }
    ran = spgc(*(str(word).format(**named) for word in words))
    assert box.untouched() == before
    assert ran.code == (0 if place.startswith("index") else 1), ran.err
    assert place == "index" or "a link leads out of the folder" in ran.err


def test_heat_maps_stay_in_their_folder(box: Box, spgc: Spgc, model: Path) -> None:
    """Their files are named after the case, whatever it is called."""
    case = "x\\..\\..\\outside\\x"
    shutil.copytree(box.data / "Test-2" / "syn-T2-001", box.data / "own" / case)
    before = box.untouched()
    ran = spgc(
        "explain",
        case,
        "--slice",
        3,
        "--masks",
        20,
        "--backbone",
        "resnext50",
        "--data",
        box.data,
        "--store",
        box.store,
        "--model",
        model,
        "--out",
        box.heat,
    )
    assert ran.code == 0, ran.err
    assert box.untouched() == before
    files = sorted(path.name for path in box.heat.iterdir())
    assert [Path(name).suffix for name in files] == [".json", ".pdf", ".png", ".svg"]
    assert not any("\\" in name for name in files)
    assert json.loads((box.heat / files[0]).read_text())["case"] == case
