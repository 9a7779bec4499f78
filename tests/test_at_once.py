"""Two processes at once on one store, one model folder and one folder for answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from spgc.systems.registry import load_system


def at_once(*words: object) -> list[str]:
    """The same command twice at the same time; what each said on stderr."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "spgc", *map(str, words)]
    both = [
        subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [process.communicate()[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    return said


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_of_everything(cohort: Path, tmp_path: Path) -> None:
    """Train, then predict: neither fails, nothing half-made stays, the answers are one run's."""
    store, model, out = tmp_path / "store", tmp_path / "model", tmp_path / "out"
    places = ("--data", cohort, "--store", store, "--model", model, "--jobs", 1)
    at_once("train", "--system", "density", *places)
    assert load_system(model).describe()["system"] == "density"
    at_once("predict", "--split", "test2", *places, "--out", out)
    at_once("store", "check", "--store", store, "--model", model)
    answers = files(out)
    assert not [name for name in [*answers, *files(store), *files(model)] if ".part" in name]
    assert not list((store / ".drafts").iterdir())
    command = ["predict", "--split", "test2", *places, "--out", tmp_path / "alone"]
    subprocess.run([sys.executable, "-m", "spgc", *map(str, command)], check=True)
    alone = files(tmp_path / "alone")
    assert {n: c for n, c in alone.items() if n.endswith(".csv")} == {
        n: c for n, c in answers.items() if n.endswith(".csv")
    }
