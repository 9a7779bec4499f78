"""Fuzz model folders as their authors could: every digest and the model's hash made to fit.

    python tests/fuzz_models.py --inputs 100000 --seconds 600 --only winter bingo-like

stops at whichever comes first. A model of each system is trained once, with networks of three
layers. Then tensors of its weights become others (types, shapes, NaN, missing, renamed, cut),
fields of its JSON files and of model.json get other kinds of values, and other files other bytes.
The model is loaded, asked for scans and slices, explained by RISE and by its patient classifiers.
What comes of it has to be an answer of finite numbers or one error of spgc's own; any other
exception or warning ends the run with the number that repeats it.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).parents[1]))
from spgc.classifiers.patient_stage import HasPatientStage
from spgc.classifiers.random_forest import FOREST_SETTINGS
from spgc.contract.scan import KnownCase
from spgc.contract.slices import SliceModel
from spgc.contract.system import RunSettings
from spgc.contract.volumes import ExplainableVolumes
from spgc.errors import SpgcError
from spgc.explain.explained_slice import RiseSettings, explain_slice
from spgc.explain.patient_classifiers import explain_training
from spgc.files.hashes import file_hash
from spgc.model.identity import model_hash
from spgc.nets.training.checkpoint import save_weights, stored_facts
from spgc.nets.volumes import resnet3d
from spgc.systems.conformance.drawn_scans import cohort
from spgc.systems.evaluation import answers_of
from spgc.systems.model_card import write_model_card
from spgc.systems.registry import load_system, system_named
from tests.nets.slices import tiny_stages

RUN = RunSettings(device="cpu", engine="torch")
SMALL = {"preset": "demo", "image_size": "32", "batch_size": "8"}
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "density": {},
    "cnr-iemn": SMALL | {"backbones": "resnext50", "epochs": "1", "copies": "1,1,0"},
    "winter": SMALL | {"backbone": "resnet18", "epochs": "1", "checkpoint": "best"},
    "thesaviours": SMALL
    | {"slice_hidden": "4", "backbone": "efficientnet_b0", "hidden": "6,4"}
    | {"slice_epochs": "1", "rounds": "1", "round_epochs": "1", "draws": "9"},
    "iitdelhi-like": SMALL
    | {"epochs": "1", "scale_features": "4", "folds": "2"}
    | {"lung_method": "watershed-two-regions"},
    "bingo-like": SMALL | {"epochs": "1", "lung_area": "1000", "trees": "3"},
    "astra": {"encoder": "random", "grid": "32,32,32", "components": "4"},
    "llscp-like": {"preset": "demo", "size": "16,33,33", "members": "2", "batch_size": "3"}
    | {"epochs": "1", "pair_epochs": "1"},
    "unisheff": {"preset": "demo", "size": "33", "epochs": "1", "copies": "1,0,1"},
}
"""What each system is trained with."""

VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    10**9,
    2**70,
    -1e308,
    1.5,
    math.nan,
    math.inf,
    "",
    "x",
    "\x1b[2J",
    "../x",
    "\ud800",
    [],
    [[]],
    [0] * 5000,
    {},
    {"a": {}},
]
"""For fields of documents."""

DTYPES = (
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.uint8,
    torch.bool,
    torch.complex64,
    torch.float8_e4m3fn,
)
NUMBERS = (math.nan, math.inf, -math.inf, 3e38, -3e38, 1e-45, 0.0)


@dataclass(frozen=True)
class Kind:
    """A trained system in `folder`, and the shape of small networks that stand for backbones."""

    name: str
    folder: Path


def small_networks(patch: pytest.MonkeyPatch) -> None:
    """A few small layers in the place of every backbone that is used here."""
    for name in ("resnet18", "resnext50", "densenet121", "efficientnet_b0"):
        tiny_stages.in_the_place_of(name, patch)
    patch.setitem(FOREST_SETTINGS, "n_estimators", 5)
    patch.setattr(resnet3d, "WIDTHS", (4, 4, 8, 8))


def kinds(root: Path, names: list[str]) -> list[Kind]:
    """One model of each system."""
    made = []
    for name in names:
        system = system_named(name).create(OPTIONS[name], RUN)
        system.fit(cohort().train, cohort().val, root / name)
        made.append(Kind(name, root / name))
    return made


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field, and every item of a list."""
    if place:
        yield place
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*place, key))
    if isinstance(value, list):
        for number in range(len(value)):
            yield from places(value[number], (*place, number))


def other_document(rng: random.Random, document: Any) -> Any:
    """The document with one field of another value, or without it."""
    made = copy.deepcopy(document)
    place = rng.choice(list(places(made)) or [()])
    if not place:
        return rng.choice(VALUES)
    part: Any = made
    for key in place[:-1]:
        part = part[key]
    if rng.random() < 0.15:
        del part[place[-1]]
    else:
        part[place[-1]] = rng.choice(VALUES)
    return made


def other_tensors(rng: random.Random, path: Path) -> None:
    """Weights of which one tensor, or the facts beside them, are others; their digest fits."""
    tensors, facts = dict(load_file(path)), dict(stored_facts(path))
    name = rng.choice(sorted(tensors))
    tensor, kind = tensors[name], rng.randrange(9)
    if kind == 0:
        tensors[name] = tensor.to(rng.choice(DTYPES))
    elif kind in (1, 2):
        spoilt = tensor.clone().float().reshape(-1)
        spoilt[: rng.choice([1, len(spoilt)])] = rng.choice(NUMBERS)
        tensors[name] = spoilt.reshape(tensor.shape)
    elif kind == 3:
        shapes = (tensor.reshape(-1), tensor[None], tensor.new_zeros((0, 3)), tensor.new_zeros(()))
        tensors[name] = rng.choice(shapes)
    elif kind == 4:
        del tensors[name]
    elif kind == 5:
        tensors[rng.choice(["other", "\ud83d\ude00", "a" * 5000, ""])] = tensors.pop(name)
    elif kind == 6:
        tensors["one more"] = torch.zeros(3)
    elif kind == 7:
        tensors = {}
    else:
        changed = other_document(rng, facts)
        facts = changed if isinstance(changed, dict) else {"x": "y"}
    with suppress(UnicodeEncodeError):  # facts with surrogates can't be written
        save_weights(SimpleNamespace(state_dict=lambda: tensors), path, facts)  # type: ignore[arg-type]


def other_bytes(rng: random.Random, path: Path) -> None:
    """A cut, a tail of zeroes, a flipped bit, or nothing at all."""
    whole = path.read_bytes()
    at = rng.randrange(len(whole) + 1)
    flipped = bytearray(whole)
    if flipped:
        flipped[at % len(whole)] ^= 1 << rng.randrange(8)
    path.write_bytes(rng.choice([whole[:at], whole[:at] + bytes(len(whole) - at), flipped, b""]))


def tamper(rng: random.Random, folder: Path) -> None:
    """Change one thing, and make every digest fit."""
    model = folder / "model.json"
    document = json.loads(model.read_text())
    name = rng.choice(["model.json", *document["files"]])
    path = folder / name
    if name == "model.json":
        document = other_document(rng, document)
    elif rng.random() < 0.2:
        other_bytes(rng, path)
    elif path.suffix == ".safetensors":
        other_tensors(rng, path)
    elif path.suffix == ".json":
        path.write_text(json.dumps(other_document(rng, json.loads(path.read_text()))))
    else:
        other_bytes(rng, path)
    with suppress(KeyError, TypeError, AttributeError, ValueError):
        if name in document["files"]:
            document["files"][name] = file_hash(path)
        document["model_hash"] = model_hash(document)
    model.write_text(json.dumps(document))


def ask(folder: Path) -> None:
    """Everything that a model can be asked. Raises SpgcError, and AssertionError for no numbers."""
    scans = cohort().test[:2]
    system = load_system(folder, RUN)
    json.dumps(system.describe(), allow_nan=False)
    answers_of(system, [(scan.case_id, scan.scan) for scan in scans])
    first = scans[0]
    if isinstance(system, SliceModel):
        for name, rows in system.slice_probabilities(first.case_id, first.scan).items():
            assert torch.isfinite(torch.as_tensor(rows)).all(), name
        known = KnownCase(first.case_id, first.label, first.infected, synthetic=True)
        done = explain_slice(system, first.scan, known, 3, settings=RiseSettings(64, 4))
        json.dumps(done.document(), allow_nan=False)
    if isinstance(system, ExplainableVolumes):
        for name, given in system.volume_inputs(first.case_id, first.scan).items():
            assert np.isfinite(given.answer(given.volume[None])).all(), name
    if isinstance(system, HasPatientStage):
        explain_training(system)
    card = write_model_card(folder, system).read_text("utf-8")
    assert "\x1b" not in card


def check(number: int, seed: int, kind: Kind, work: Path, asked: Callable[[Path], None]) -> str:
    """Tamper with a copy and ask it: "answered" or "refused"."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311
    folder = Path(shutil.copytree(kind.folder, work / kind.name))
    try:
        tamper(rng, folder)
        asked(folder)
    except SpgcError as error:
        said = str(error)
        assert "\n" not in said, said
        assert len(said) < 5000, said[:300]
        return "refused"
    finally:
        shutil.rmtree(folder)
    return "answered"


def run(inputs: int, seconds: float, seed: int, names: list[str]) -> dict[str, Counter[str]]:
    """Counts of what came of the inputs, by system."""
    counts: dict[str, Counter[str]] = {}
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as root, pytest.MonkeyPatch.context() as patch:
        small_networks(patch)
        (work := Path(root) / "work").mkdir()
        ready = kinds(Path(root), names)
        for number in range(inputs):
            kind = ready[number % len(ready)]
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    outcome = check(number, seed, kind, work, ask)
            except Exception:
                print(f"input {number} of seed {seed}: {kind.name}", flush=True)
                raise
            counts.setdefault(kind.name, Counter())[outcome] += 1
            if time.monotonic() - begin > seconds:
                break
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=list(OPTIONS), default=list(OPTIONS))
    given = parser.parse_args()
    counts = run(given.inputs, given.seconds, given.seed, given.only)
    for name, outcomes in sorted(counts.items()):
        print(f"{name}: {', '.join(f'{n} {what}' for what, n in sorted(outcomes.items()))}")
    total = sum(sum(outcomes.values()) for outcomes in counts.values())
    print(f"{total:,} tampered models, each answered in numbers or refused in a line")
    return 0


if __name__ == "__main__":
    sys.exit(main())
