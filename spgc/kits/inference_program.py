#!/usr/bin/env python3
"""Answer one chest CT with a trained model of spgc, as grand-challenge.org runs an algorithm.

Reads /input/inputs.json, and the one .mha in /input/images/SLUG/ that it names; runs `spgc predict`
with the model in /opt/ml/model; writes the class and the class probabilities, as JSON, to
/output/OUTPUT_FILE. One case per run, without network, scratch files in /tmp. Where no answer can
be given, the last line of standard error says why and the exit code is 1.

Research software. Not for diagnosis.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

INPUT, OUTPUT, MODEL = Path("/input"), Path("/output"), Path("/opt/ml/model")

OUTPUT_FILE = "class-probabilities.json"
"""The relative path of the output socket; change it to that of your phase."""

CLASSES = {"covid-19": "COVID-19", "cap": "CAP", "normal": "Normal"}
"""Classes as `spgc predict` writes them, and as they are answered."""

COLUMNS = {"p_covid19": "COVID-19", "p_cap": "CAP", "p_normal": "Normal"}
"""Columns of their probabilities."""


class NoAnswer(Exception):  # noqa: N818
    """Why a case can't be answered, in one line."""


def main() -> int:
    """Answer the case; 0, or 1 with the reason as the last line of standard error."""
    try:
        answer = answered(the_image(INPUT), model_folder(MODEL))
        place = OUTPUT / OUTPUT_FILE
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(answer, indent=2) + "\n", "utf-8")
    except NoAnswer as reason:
        return told(str(reason))
    except OSError as error:
        return told(f"can't read the case or write the answer: {error.strerror}")
    return 0


def told(reason: str) -> int:
    print("error: " + " ".join(reason.split()), file=sys.stderr)
    return 1


def the_image(folder: Path) -> Path:
    """The one CT that inputs.json names. Raises NoAnswer for none, several, or another form."""
    try:
        inputs = json.loads((folder / "inputs.json").read_text("utf-8"))
        sockets = [one["interface"] for one in inputs]
        images = [str(one["relative_path"]) for one in sockets if one["super_kind"] == "Image"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise NoAnswer("inputs.json can't be read: expected a list of sockets") from None
    if len(images) != 1:
        raise NoAnswer(f"{len(images)} image inputs: expected one chest CT")
    place = folder / images[0]
    if not place.resolve().is_relative_to(folder.resolve()):
        raise NoAnswer("the image lies outside the input folder")
    files = sorted(path for path in place.glob("*") if path.is_file())
    if any(path.suffix.lower() in (".tif", ".tiff") for path in files):
        raise NoAnswer("the CT is a .tif, which has no spacing between slices: expected .mha")
    volumes = [path for path in files if path.suffix.lower() == ".mha"]
    if len(volumes) != 1:
        raise NoAnswer(f"{len(volumes)} .mha files for one image: expected one")
    return volumes[0]


def model_folder(folder: Path) -> Path:
    """The model, which may lie in a folder of the tarball. Raises NoAnswer where there is none."""
    for place in (folder, *sorted(path for path in folder.glob("*") if path.is_dir())):
        if (place / "model.json").is_file():
            return place
    raise NoAnswer("no model: expected model.json of a trained spgc model in /opt/ml/model")


def answered(image: Path, model: Path) -> dict[str, Any]:
    """The class of the scan and the probability of each; None for a system that has none."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "data").mkdir()
        (work / "data" / "scan.mha").symlink_to(image)  # no name of a file reaches a message
        words = ["--data", work / "data", "--store", work / "store", "--model", model]
        if (weights := model.parent / "lung-weights").exists():
            words += ["--lung-weights", weights]
        run_spgc("predict", "--probabilities", "--quiet", "--out", work / "out", *words, work=work)
        with (work / "out" / "submission.csv").open(encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file)
    shares = {name: float(row[column]) for column, name in COLUMNS.items() if column in row}
    return {"class": CLASSES[row["Label"]], "probabilities": shares or None}


def run_spgc(*words: object, work: Path) -> None:
    """Run a command of spgc. Raises NoAnswer with what it says last, paths of scratch left out."""
    home: Mapping[str, str] = {"HOME": str(work), "XDG_CACHE_HOME": str(work)}
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "spgc", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, **home},
        check=False,
    )
    said = [line for line in ended.stderr.splitlines() if line.strip()]
    if ended.returncode:
        last = said[-1] if said else f"spgc ended with {ended.returncode}"
        raise NoAnswer(last.removeprefix("error: ").replace(f"{work}/data/", ""))
    for line in said:  # remarks on the scan
        print(line.replace(f"{work}/data/", ""), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
