"""A walk over all commands with hostile names in their data: nothing outside the named folders
changes, and nothing ends in a traceback."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Spgc
from tests.cli.hostile_box import Box, box, density, write_manifest

__all__ = ["box", "density"]

ABSOLUTE = "{outside}/profile"

NAMES = [
    "../outside/profile",
    ABSOLUTE,
    "..\\outside\\profile",
    "C:profile",
    "..",
    "nul.csv",
    "link/profile",
    "x" * 300,
    "\x1b[2J",
    "",
]
"""`{outside}` stands for an absolute path; `link` is a link in every folder to write to."""


def write_parts(box: Box, name: str) -> None:
    """Two parts whose records name a file so."""
    for number in (1, 2):
        text = f"Study,Label\nsyn-T2-00{number},cap\n"
        names = {f"{name}.{number}of2.csv", f"submission-{name}.{number}of2.csv", name}
        for file in names:
            try:
                (box.parts / Path(file).name).write_text(text)
            except (OSError, ValueError):
                continue
        record = {
            "model_hash": "0" * 64,
            "shard": f"{number}/2",
            "splits": [name],
            "order": ["syn-T2-001", "syn-T2-002"],
            "left_out": [name],
            "filled_in": {name: name},
            "files": {file: hashlib.sha256(text.encode()).hexdigest() for file in names},
        }
        (box.parts / f"submission.{number}of2.run.json").write_text(json.dumps(record))


def write_run(box: Box, name: str) -> None:
    """A submission that names such a case, with a record full of the name."""
    text = f'Study,Label\nsyn-T2-001,cap\nsyn-T2-002,cap\n"{name}",cap\n'
    box.run.mkdir(exist_ok=True)
    (box.run / "submission.csv").write_text(text)
    record = {
        "model_hash": name,
        "system": name,
        "options": {name: name},
        "left_out": [name],
        "transductive": [name],
        "filled_in": {name: name},
        "purpose": name,
        "files": {"submission.csv": hashlib.sha256(text.encode()).hexdigest(), name: "0"},
    }
    (box.run / "submission.run.json").write_text(json.dumps(record))
    (box.run / "explain").mkdir(exist_ok=True)
    (box.run / "explain" / "x.json").write_text(json.dumps({"case": name, "slice": 1}))


def write_rows(box: Box, name: str) -> None:
    """A leaderboard of such a team, as JSON and as CSV, and a baseline."""
    counts = {"COVID-19": 1, "CAP": 1, "Normal": 1}
    row = {
        "team": name,
        "group": name,
        "set": name,
        "source": {"citation": name, "place": name},
        "cases": counts,
        "reported": {"hits": counts, "total_hits": 3},
        "doubt": name,
        "follows": {"hits": counts, "total_hits": 3},
    }
    (box.rows / "challenge" / "test2").mkdir(parents=True, exist_ok=True)
    (box.rows / "challenge" / "test2" / "a.json").write_text(json.dumps(row))
    with (box.cwd / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [("team", "set", "COVID-19", "total"), (name, name, "1/2", "1/2")]
        )
    baseline = {
        "schema": "spgc-baseline/1",
        "name": name,
        "made_with": {name: name},
        "frozen": name,
        "checks": {},
        "speed": {},
        "thresholds": {"lost": 1, "floors": {}},
        "synthetic": True,
        "cases": {name: {"split": name, "truth": "CAP", "answer": "CAP", "certainty": "own"}},
    }
    (box.cwd / "baseline.json").write_text(json.dumps(baseline))
    (box.cwd / "truth.csv").write_text(
        f'case,label,split\nsyn-T2-001,cap,"{name}"\nsyn-T2-002,cap,"{name}"\n"{name}",cap,own\n'
    )
    (box.cwd / "labels.csv").write_text(f'Study,Label\n"{name}",cap\nsyn-T2-001,cap\n')


def write_folder(box: Box, name: str) -> None:
    """A scan in a folder so called, where there can be one."""
    last = name.rsplit("/", 1)[-1]
    if last not in ("", ".", "..") and len(last) < 256:
        shutil.copytree(box.data / "Test-2" / "syn-T2-001", box.data / "own" / last)


def write_model(box: Box, name: str) -> None:
    """A model that names its system, settings and a file so, its hash made to fit."""
    from spgc.model.identity import model_hash

    document = json.loads((box.model / "model.json").read_text())
    for number, part in enumerate(("system", "files", "config", "package")):
        changed = dict(document)
        changed[part] = {name: "0" * 64} if isinstance(document[part], dict) else name
        changed["model_hash"] = model_hash(changed)
        folder = box.root / "inside" / f"model{number}"
        shutil.copytree(box.model, folder)
        (folder / "model.json").write_text(json.dumps(changed))


WRITERS: list[Callable[[Box, str], None]] = [
    write_parts,
    write_run,
    write_rows,
    write_folder,
    write_model,
]


def commands(box: Box) -> list[list[object]]:
    """Every command that reads names from data, told to write into `inside` alone."""
    data = ["--data", box.data, "--store", box.store]
    run = [*data, "--model", box.model, "--out", box.out, "--jobs", 1, "--device", "cpu"]
    manifests = ["--manifests", box.data / "manifests"]
    submission = box.run / "submission.csv"
    return [
        ["merge", box.parts, "--out", box.out],
        ["merge", box.parts],
        ["predict", *run, "--allow-missing", "--slices", box.out / "slices.csv"],
        ["predict", *run, "--allow-missing"],
        ["predict", *run, "--shard", "1/2", "--allow-missing"],
        *(
            [
                "predict",
                *data,
                "--model",
                box.root / "inside" / f"model{n}",
                "--out",
                box.out,
                "--jobs",
                1,
            ]
            for n in range(4)
        ),
        ["preprocess", *data, "--jobs", 1],
        ["train", "--system", "density", *data, "--model", box.new, "--jobs", 1],
        ["data", "check", box.data],
        ["data", "index", box.data, "--out", box.index, "--labels", "labels.csv"],
        ["data", "index", box.data / "Test-2", "--out", box.index],
        ["view", "syn-T2-001", *data, "--out", box.out / "view.png", "--no-show"],
        ["validate", submission, *manifests],
        ["score", submission, *manifests, "--picture", box.out / "confusion.png"],
        ["compare", submission, submission, *manifests],
        ["report", box.run, *manifests, "--out", box.out / "report.html"],
        ["report", box.run, *data, "--terminal"],
        ["leaderboard", "--add", submission, *manifests, "--split", "test2"],
        ["leaderboard", "--add", submission, *manifests, "--format", "html"],
        ["score", submission, "--truth", "labels.csv", "--picture", box.out / "own.png"],
        ["score", submission, "--truth", "truth.csv", "--picture", box.out / "own.png"],
        ["report", box.run, "--truth", "truth.csv", "--out", box.out / "own.html", "--force"],
        ["compare", submission, submission, "--truth", "truth.csv"],
        ["leaderboard", submission, box.run, "--truth", "truth.csv", "--format", "html"],
        ["data", "info", *manifests],
        ["leaderboard", "audit", box.rows],
        ["leaderboard", "audit", "rows.csv", "--cases", "2"],
        ["regress", "baseline.json"],
        ["regress", "baseline.json", "--submission", submission, *manifests],
        ["regress", "baseline.json", "--submission", submission, *manifests, "--update"],
        ["example", "--split", "test2", "--out", box.out / "example.csv", *manifests],
        ["agreement", submission, "--picture", box.out / "agreement.png"],
        ["store", "check", "--store", box.store, "--model", box.model],
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_outside(name: str, box: Box, spgc: Spgc) -> None:
    name = name.format(outside=box.outside)
    before = box.untouched()
    for manifest in (False, True):  # most commands stop at a bad manifest: they run without, too
        if manifest:
            write_manifest(box, name)
        else:
            for write in WRITERS:
                write(box, name)
        for words in commands(box):
            ran = spgc(*words)
            assert box.untouched() == before, words
            assert ran.code in (0, 1, 2), (words, ran.err)
            assert "Traceback" not in ran.err, words
            signs = set(ran.out + ran.err) - {"\n"}
            assert all(sign.isprintable() for sign in signs), (words, ran.out, ran.err)
