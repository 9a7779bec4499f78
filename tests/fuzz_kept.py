"""Fuzz what is kept on disk: whatever becomes of the bytes, the answer is the same or an error.

    python tests/fuzz_kept.py --inputs 100000 --seconds 600

stops at whichever comes first. A stored scan, kept answers, a model folder, weights, a patient
classifier and converted networks are written once; then one of their files is damaged as disks and
people damage files, and read again. What comes back has to be what was written, or one error of
spgc's own: an answer that changed without a word, or any other exception, ends the run with the
seed that repeats it. A patient classifier is asked without its model's digest as well, where a
changed file may give other answers but must not end the process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.errors import SpgcError
from spgc.files.hashes import facts_digest
from spgc.files.kept import DamagedError, read_kept, write_kept
from spgc.nets.engines.compiled_files import kept_content
from spgc.nets.engines.converted_files import check_converted, network_digests
from spgc.nets.engines.int8_folder import FACTS, check_quantised
from spgc.nets.training.checkpoint import load_weights, save_weights
from spgc.systems.density.system import Density, DensitySettings
from spgc.systems.registry import load_system

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.systems.small.scans import array_cohort

FEATURES = 12

DOCUMENTS = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"\0",
    b"1" * 5000,
    b"[" * 90_000,
    b'{"a":' * 500,
    b"\xff\xfe",
    b'{"format": 3}',
    b'"' + b"a" * 2**16 + b'"',
]


@dataclass(frozen=True)
class Target:
    """Something kept: its folder, and a function that gives what it says, ready to compare.

    exact: whether anything else than what was written has to be an error.
    """

    name: str
    folder: Path
    read: Callable[[], Any]
    exact: bool = True


def targets(root: Path) -> list[Target]:
    """One of each kind, whole."""
    return [
        _scan(root / "scan"),
        _answers(root / "answers"),
        _model(root / "model"),
        _weights(root / "weights"),
        _classifier(root / "xgboost"),
        _engine(root / "engine"),
        _compiled(root / "compiled"),
        _int8(root / "int8"),
    ]


def _scan(root: Path) -> Target:
    rng = np.random.default_rng(0)
    store, hu = SliceStore(root), rng.integers(-1000, 400, (5, 32, 32), np.int16)
    volume = Volume(hu, (2.5, 0.7, 0.7), np.arange(5) * 2.5, ("a remark",))
    store.write("P001", "a-b", volume, hu > 0, DensitySettings())

    def read() -> Any:
        scan = store.read("P001", "a-b")
        slices = [[part.tobytes() for part in scan.slice(k)] for k in range(scan.n_slices)]
        whole = [part.tobytes() for part in scan.arrays()]
        return scan.spacing, scan.positions.tolist(), scan.notes, scan.case_id, slices, whole

    return Target("scan", root, read)


def _answers(root: Path) -> Target:
    root.mkdir()
    paths = [root / name for name in ("P001.slices", "P002.slices")]
    for path in paths:
        write_kept(path, path.name.encode() + random.Random(path.name).randbytes(600))  # noqa: S311
    return Target("answers", root, lambda: [read_kept(path) for path in paths])


def _model(root: Path) -> Target:
    cohort = array_cohort(2, seed=1)
    Density().fit(cohort, [], root)
    asked = [(scan.case_id, scan.scan) for scan in cohort[:2]]

    def read() -> Any:
        system = load_system(root)
        return system.predict(asked), dict(system.describe())

    return Target("model", root, read)


def _weights(root: Path) -> Target:
    root.mkdir()
    torch.manual_seed(0)
    save_weights(torch.nn.Linear(9, 7), root / "w.safetensors", {"backbone": "b"})

    def read() -> Any:
        network = torch.nn.Linear(9, 7)
        facts = load_weights(network, root / "w.safetensors")
        return dict(facts), [value.tolist() for value in network.state_dict().values()]

    return Target("weights", root, read)


def _classifier(root: Path) -> Target:
    root.mkdir()
    rng = np.random.default_rng(0)
    rows, classes = rng.random((30, FEATURES), np.float32), np.arange(30) % 3
    classifier = XGBoostClassifier()
    classifier.fit(rows, classes, 0)
    classifier.save(root / "patient-xgboost.json")

    def read() -> Any:
        found = XGBoostClassifier.load(root / "patient-xgboost.json", FEATURES)
        return [part if part is None else part.tolist() for part in found.predict(rows)]

    return Target("classifier", root, read, exact=False)


def _engine(root: Path) -> Target:
    root.mkdir()
    path = root / "net-ov1.xml"
    path.write_text("<net/>" * 40)
    path.with_suffix(".bin").write_bytes(random.Random(1).randbytes(900))  # noqa: S311
    write_kept(path.with_suffix(".digest"), " ".join(network_digests(path)).encode())

    def read() -> Any:
        return (check_converted(path) and path.read_bytes(), path.with_suffix(".bin").read_bytes())

    return Target("converted network", root, read)


def _compiled(root: Path) -> Target:
    root.mkdir()
    content = random.Random(2).randbytes(900)  # noqa: S311
    (root / "net.compiled").write_bytes(hashlib.sha256(content).digest() + content)

    def read() -> Any:
        kept = kept_content(root / "net.compiled")
        return None if kept is None else kept.tobytes()

    return Target("compiled network", root, read)


def _int8(root: Path) -> Target:
    root.mkdir()
    for ending in ("xml", "bin"):
        (root / f"net.{ending}").write_bytes(random.Random(ending).randbytes(300))  # noqa: S311
    facts = {
        "networks": [{"lead": 0.5, "used": True}],
        "weights": {},
        "files": {"net": network_digests(root / "net.xml")},
    }
    (root / FACTS).write_text(json.dumps(facts | {"digest": facts_digest(facts)}))

    def read() -> Any:
        check_quantised(root)
        names = ("net.xml", "net.bin")
        return json.loads((root / FACTS).read_text()), [(root / n).read_bytes() for n in names]

    return Target("int8 networks", root, read)


def damage(rng: random.Random, path: Path) -> None:
    """What happens to files: bits, tails of zeroes, cuts, other files' content, other things."""
    whole = path.read_bytes()
    at, end = sorted(rng.randrange(len(whole) + 1) for _ in range(2))
    kind = rng.randrange(12)
    if kind < 4:
        content = bytearray(whole)
        for _ in range(rng.choice([1, 1, 2, 100])):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        path.write_bytes(content)
    elif kind == 4:
        path.write_bytes(whole[:at] + bytes(len(whole) - at))
    elif kind == 5:
        path.write_bytes(whole[:at])
    elif kind == 6:
        path.write_bytes(whole[:at] + whole[end:])
    elif kind == 7:
        path.write_bytes(whole[:at] + rng.randbytes(rng.randrange(1, 40)) + whole[at:])
    elif kind == 8:
        old, new = rng.sample([b"0", b"1", b"9", b"true", b"false", b"null", b"-", b"e5"], 2)
        path.write_bytes(whole.replace(old, new, rng.choice([1, 3, -1])))
    elif kind == 9:
        path.write_bytes(rng.choice(DOCUMENTS))
    elif kind == 10:
        others = [p for p in sorted(path.parent.rglob("*")) if p.is_file() and p != path]
        shutil.copyfile(rng.choice(others), path) if others else path.write_bytes(b"")
    else:
        path.unlink()
        if rng.random() < 0.5:
            path.mkdir()


def check(rng: random.Random, target: Target, wanted: Any) -> str:
    """Damage a copy's file and read: "same", "noticed", or for inexact ones "changed".

    Raises AssertionError where something else came back without a word.
    """
    keep = target.folder.with_name(f"{target.folder.name}.whole")
    target.folder.rename(keep)
    try:
        shutil.copytree(keep, target.folder)
        files = [path for path in sorted(target.folder.rglob("*")) if path.is_file()]
        damage(rng, rng.choice(files))
        try:
            found = target.read()
        except (SpgcError, DamagedError):
            return "noticed"
        if found == wanted:
            return "same"
        absent = found is None or (isinstance(found, list) and None in found)
        if target.exact and not absent:
            raise AssertionError(f"{target.name} changed without a word: {str(found)[:300]}")
        return "absent" if absent else "changed"
    finally:
        shutil.rmtree(target.folder)
        keep.rename(target.folder)


def run(inputs: int, seconds: float, seed: int) -> dict[str, Counter[str]]:
    """Counts of what came of the inputs, by kind of target."""
    counts: dict[str, Counter[str]] = {}
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as root:
        kinds = [(target, target.read()) for target in targets(Path(root))]
        for number in range(inputs):
            rng = random.Random(f"{seed}:{number}")  # noqa: S311
            target, wanted = rng.choice(kinds)
            try:
                outcome = check(rng, target, wanted)
            except Exception:
                print(f"input {number} of seed {seed}: {target.name}", flush=True)
                raise
            counts.setdefault(target.name, Counter())[outcome] += 1
            if time.monotonic() - start > seconds:
                break
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    counts = run(arguments.inputs, arguments.seconds, arguments.seed)
    for name, outcomes in sorted(counts.items()):
        print(f"{name}: {', '.join(f'{n} {what}' for what, n in sorted(outcomes.items()))}")
    total = sum(sum(outcomes.values()) for outcomes in counts.values())
    print(f"{total:,} damaged files, none changed an answer without a word, no traceback")
    return 0


if __name__ == "__main__":
    sys.exit(main())
