"""What MedPerf's containers do in a hospital: prepare, answer and score CT where they lie.

The containers get these functions as one file, which imports nothing of spgc: each task runs
commands of spgc on the volumes that MedPerf mounts. statistics.yaml and results.yaml hold counts
alone: no case, no hash of cases.
"""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spgc.kits.inference_program import NoAnswer, model_folder, run_spgc


def hospital_task(words: Sequence[str], volumes: Path) -> tuple[int, list[str]]:
    """Do the task that is named: exit code, and lines for standard error, the reason last."""
    tasks = {
        "prepare": prepare,
        "sanity_check": sanity_check,
        "statistics": statistics,
        "infer": infer,
        "evaluate": evaluate,
    }
    if len(words) != 1 or words[0] not in tasks:
        return 2, ["error: name one task: " + ", ".join(tasks)]
    try:
        with tempfile.TemporaryDirectory() as scratch:
            return 0, tasks[words[0]](volumes, Path(scratch))
    except NoAnswer as reason:
        return 1, [*reason.said, f"error: {reason}"]
    except OSError as error:  # of copying many files, it has no one reason
        return 1, [f"error: can't read or write a volume: {error.strerror or 'copying failed'}"]


def prepare(volumes: Path, scratch: Path) -> list[str]:
    """Take the scans over as they are, and the labels in the form of a manifest."""
    shutil.copytree(volumes / "raw_data", volumes / "data", dirs_exist_ok=True)
    tables = sorted((volumes / "raw_labels").glob("*.csv"))
    if len(tables) != 1:
        raise NoAnswer(f"{len(tables)} CSV files in the labels folder: expected one, Study,Label")
    words = ["--labels", tables[0], "--out", volumes / "labels", "--force", "--quiet"]
    return run_spgc(["data", "index", volumes / "data", *words], scratch)[1]


def sanity_check(volumes: Path, scratch: Path) -> list[str]:
    """Each scan has a class, and can be read to HU of a chest."""
    without = sum(not label for label in prepared_labels(volumes))
    if without:
        raise NoAnswer(f"scans without a class in the labels file: {without}")
    data = volumes / "data"
    run_spgc(["data", "check", data, "--manifests", volumes / "labels", "--quiet"], scratch)
    words = ["--data", data, "--store", scratch / "store", "--lungs", "none", "--quiet"]
    return run_spgc(["preprocess", *words], scratch)[1]


def statistics(volumes: Path, scratch: Path) -> list[str]:
    """How many scans of each class there are."""
    counts = Counter(prepared_labels(volumes))
    told = {"scans": sum(counts.values()), "classes": dict(counts)}
    return write_yaml(volumes / "statistics" / "statistics.yaml", told)


def infer(volumes: Path, scratch: Path) -> list[str]:
    """A class and probabilities for each scan."""
    model = model_folder(volumes / "additional_files")
    words = ["--data", volumes / "data", "--model", model, "--probabilities", "--quiet"]
    weights = model.parent / "lung-weights"
    if weights.exists():
        words += ["--lung-weights", weights]
    words += ["--store", scratch / "store", "--out", scratch / "out"]
    _, said = run_spgc(["predict", *words], scratch)
    shutil.copyfile(scratch / "out" / "submission.csv", volumes / "predictions" / "submission.csv")
    return said


def evaluate(volumes: Path, scratch: Path) -> list[str]:
    """Accuracy and sensitivities with exact intervals, and the confusion matrix."""
    submission = volumes / "predictions" / "submission.csv"
    words = [submission, "--manifests", volumes / "labels", "--quiet", "--json"]
    told, said = run_spgc(["score", *words], scratch)
    document = json.loads(told)
    sets = {group["set"]: what_leaves(group) for group in document["groups"]}
    results = {"classes": document["classes"], "sets": sets}
    return [*said, *write_yaml(volumes / "results" / "results.yaml", results)]


def what_leaves(group: Mapping[str, Any]) -> dict[str, Any]:
    """What leaves the hospital of a set: counts and what follows from them."""
    kept = ("cases", "synthetic", "confusion", "accuracy", "sensitivity", "balanced_accuracy")
    return {name: group[name] for name in kept}


def prepared_labels(volumes: Path) -> list[str]:
    """The class of each scan, "" where there is none."""
    found: list[str] = []
    for table in sorted((volumes / "labels").glob("*.csv")):
        with table.open(encoding="utf-8", newline="") as file:
            found += [row["label"] for row in csv.DictReader(file)]
    return found


def write_yaml(path: Path, content: Mapping[str, Any]) -> list[str]:
    """Write JSON, which is YAML as well, into a file that is mounted; there is nothing to say."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", "utf-8")
    return []
