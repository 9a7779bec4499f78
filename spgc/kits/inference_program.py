"""What the algorithm container of a model does: one CT in, its class with probabilities out.

The container gets these functions as one file, which imports nothing of spgc: it runs `spgc
predict`, so that any system answers and what is refused is refused in its words.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spgc.kits.predicted_classes import CLASSES, PROBABILITIES


class NoAnswer(Exception):  # noqa: N818
    """Why a task can't be done, in one line; `said`: what was said before."""

    def __init__(self, reason: str, said: Sequence[str] = ()) -> None:
        super().__init__(" ".join(reason.split()))
        self.said = list(said)


def answer_case(given: Path, out: Path, model: Path, output_file: str) -> tuple[int, list[str]]:
    """Answer the case in `given`: exit code, and lines for standard error, the reason last."""
    try:
        answer, said = answered(the_image(given), model_folder(model))
        place = out / output_file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(answer, indent=2) + "\n", "utf-8")
    except NoAnswer as reason:
        return 1, [*reason.said, f"error: {reason}"]
    except OSError as error:
        return 1, [f"error: can't read the case or write the answer: {error.strerror}"]
    return 0, said


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
    raise NoAnswer("no model: expected model.json, of the folder that spgc train wrote")


def answered(image: Path, model: Path) -> tuple[dict[str, Any], list[str]]:
    """The class of the scan and the probability of each, None for a system that has none.

    Also what is to be said of the scan.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "data").mkdir()
        (work / "data" / "scan.mha").symlink_to(image)  # no name of a file reaches a message
        words = ["--data", work / "data", "--store", work / "store", "--model", model]
        weights = model.parent / "lung-weights"
        if weights.exists():
            words += ["--lung-weights", weights]
        words += ["--probabilities", "--quiet", "--out", work / "out"]
        _, said = run_spgc(["predict", *words], work)
        with (work / "out" / "submission.csv").open(encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file)
    shares = {name: float(row[column]) for column, name in PROBABILITIES.items() if column in row}
    answer = {"class": CLASSES[row["Label"]], "probabilities": shares or None}
    return answer, [line.replace(f"{work}/data/", "") for line in said]


def run_spgc(words: Sequence[object], home: Path) -> tuple[str, list[str]]:
    """What a command of spgc prints, and says on standard error.

    Raises NoAnswer with what it says last, where `home` is left out of paths.
    """
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "spgc", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=dict(os.environ, HOME=str(home), XDG_CACHE_HOME=str(home)),
        check=False,
    )
    said = [line for line in ended.stderr.splitlines() if line.strip()]
    if ended.returncode:
        listed = [line for line in ended.stdout.splitlines() if line.startswith("error: ")]
        why = (said or listed or [f"spgc ended with {ended.returncode}"])[-1]
        plain = why[len("error: ") :] if why.startswith("error: ") else why
        raise NoAnswer(plain.replace(f"{home}/data/", ""), said[:-1])
    return ended.stdout, said
