#!/usr/bin/env python3
"""Prepare, answer and score chest CT where they lie, as MedPerf runs containers in a hospital.

    main.py prepare | sanity_check | statistics     the data preparator
    main.py infer                                   the model
    main.py evaluate                                the metrics

Each runs commands of spgc on the volumes that MedPerf mounts below /mlcommons/volumes, without
network, scratch files in /tmp. What is refused ends with its reason as the last line of standard
error and exit code 1. statistics.yaml and results.yaml hold counts alone: no case, no hash of
cases.

Research software. Not for diagnosis.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

VOLUMES = Path("/mlcommons/volumes")

MODEL = "additional_files"
"""The volume with the trained model: model.json itself or in a folder of the tarball."""


class Refused(Exception):  # noqa: N818
    """Why a task can't be done, in one line."""


def prepare() -> None:
    """Take the scans over as they are, and the labels in the form of a manifest."""
    shutil.copytree(VOLUMES / "raw_data", VOLUMES / "data", dirs_exist_ok=True)
    tables = sorted((VOLUMES / "raw_labels").glob("*.csv"))
    if len(tables) != 1:
        raise Refused(f"{len(tables)} CSV files in the labels folder: expected one, Study,Label")
    out = ["--labels", tables[0], "--out", VOLUMES / "labels", "--force"]
    run_spgc("data", "index", VOLUMES / "data", *out)


def sanity_check() -> None:
    """Each scan has a class, and can be read to HU of a chest."""
    if without := sum(not label for label in labels()):
        raise Refused(f"scans without a class in the labels file: {without}")
    data = VOLUMES / "data"
    run_spgc("data", "check", data, "--manifests", VOLUMES / "labels", "--quiet")
    with tempfile.TemporaryDirectory() as store:
        run_spgc("preprocess", "--data", data, "--store", store, "--lungs", "none", "--quiet")


def statistics() -> None:
    """How many scans of each class there are."""
    counts = Counter(labels())
    write("statistics/statistics.yaml", {"scans": counts.total(), "classes": dict(counts)})


def infer() -> None:
    """A class and probabilities for each scan."""
    out = VOLUMES / "predictions"
    model = model_folder(VOLUMES / MODEL)
    words = ["--data", VOLUMES / "data", "--model", model, "--probabilities", "--quiet"]
    if (weights := model.parent / "lung-weights").exists():
        words += ["--lung-weights", weights]
    with tempfile.TemporaryDirectory() as name:
        run_spgc("predict", *words, "--store", f"{name}/store", "--out", f"{name}/out")
        shutil.copyfile(f"{name}/out/submission.csv", out / "submission.csv")


def evaluate() -> None:
    """Accuracy and sensitivities with exact intervals, and the confusion matrix."""
    told = run_spgc(
        "score",
        VOLUMES / "predictions" / "submission.csv",
        *("--manifests", VOLUMES / "labels", "--quiet", "--json"),
    )
    document = json.loads(told)
    sets = {group["set"]: counts(group) for group in document["groups"]}
    write("results/results.yaml", {"classes": document["classes"], "sets": sets})


def counts(group: Mapping[str, Any]) -> dict[str, Any]:
    """What leaves the hospital of a set: counts and what follows from them."""
    kept = ("cases", "synthetic", "confusion", "accuracy", "sensitivity", "balanced_accuracy")
    return {name: group[name] for name in kept if name in group}


def labels() -> list[str]:
    """The class of each scan, "" where there is none."""
    found: list[str] = []
    for table in sorted((VOLUMES / "labels").glob("*.csv")):
        with table.open(encoding="utf-8", newline="") as file:
            found += [row["label"] for row in csv.DictReader(file)]
    return found


def model_folder(folder: Path) -> Path:
    """The model, which may lie in a folder of the tarball. Raises Refused where there is none."""
    for place in (folder, *sorted(path for path in folder.glob("*") if path.is_dir())):
        if (place / "model.json").is_file():
            return place
    raise Refused(f"no model: expected model.json of a trained spgc model in {MODEL}")


def run_spgc(*words: object) -> str:
    """What a command of spgc prints. Raises Refused with what it says last."""
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "spgc", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": tempfile.gettempdir(), "XDG_CACHE_HOME": tempfile.gettempdir()},
        check=False,
    )
    said = [line for line in ended.stderr.splitlines() if line.strip()]
    if ended.returncode:
        listed = [line for line in ended.stdout.splitlines() if line.startswith("error: ")]
        why = (said or listed or [f"spgc ended with {ended.returncode}"])[-1]
        raise Refused(why.removeprefix("error: "))
    for line in said:
        print(line, file=sys.stderr)
    return ended.stdout


def write(name: str, content: Mapping[str, Any]) -> None:
    """A file of results: JSON, which is YAML as well."""
    (VOLUMES / name).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", "utf-8")


TASKS: Mapping[str, Callable[[], None]] = {
    one.__name__: one for one in (prepare, sanity_check, statistics, infer, evaluate)
}


def main(words: list[str]) -> int:
    """Do the task that is named; 0, 1 with a reason, or 2 for no such task."""
    if len(words) != 1 or words[0] not in TASKS:
        print(f"error: name one task: {', '.join(TASKS)}", file=sys.stderr)
        return 2
    try:
        TASKS[words[0]]()
    except Refused as reason:
        print("error: " + " ".join(str(reason).split()), file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: can't read or write a volume: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
