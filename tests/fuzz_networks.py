"""Fuzz networks in OpenVINO's form, with every digest made to fit: int8 ones, converted, compiled.

    python tests/fuzz_networks.py --inputs 100000 --seconds 600

A small model is trained, quantised and asked once. Then the `.xml` of a network gets other
numbers, words or lines, its `.bin` other bytes, int8.json other fields, and the digests beside them
are those of the changed files: the model folder as its author could make it, the engine folder as
somebody could who may write there. What comes of it has to be an answer of finite numbers or one
error of spgc's own. A process of its own asks, for OpenVINO is C++: its death is a finding too.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from spgc.contract.abilities import Quantisable, require
from spgc.contract.system import RunSettings
from spgc.errors import SpgcError
from spgc.files.hashes import facts_digest
from spgc.files.kept import write_kept
from spgc.nets.engines import int8
from spgc.nets.engines.compiled_files import ENDING as COMPILED
from spgc.nets.engines.converted_files import ENDING, network_digests
from spgc.nets.engines.int8_folder import FACTS, FOLDER
from spgc.systems.conformance.drawn_scans import cohort
from spgc.systems.evaluation import answers_of
from spgc.systems.registry import load_system, system_named
from tests.fuzz_models import OPTIONS, other_bytes, other_document, small_networks

WORDS = ("-1", "0", "1", "7", "99999999999", "nan", "", "x", "f16", "u1", "i64", "dynamic", "1,1")
"""For attributes of an `.xml`."""

ANSWERS = "answers"


def settings(root: Path, precision: str) -> RunSettings:
    return RunSettings(device="cpu", engine="openvino", precision=precision, answers=root / ANSWERS)


def make(root: Path) -> None:
    """`model`, quantised, and `engines`, with all that asking it once in each precision leaves."""
    system = system_named("cnr-iemn").create(OPTIONS["cnr-iemn"], settings(root, "fp32"))
    system.fit(cohort().train, cohort().val, root / "model")
    known = require(load_system(root / "model"), Quantisable, "", expected="", do="")
    train, val = ([(s.case_id, s.scan) for s in part] for part in (cohort().train, cohort().val))
    list(known.quantise(root / "model", train, val))
    facts = root / "model" / FOLDER / FACTS
    document = json.loads(facts.read_text())
    for row in document["networks"]:
        row |= {"used": True, "lead": 0.5}
    facts.write_text(json.dumps(document | {"digest": facts_digest(document)}))
    for precision in ("fp32", "int8"):
        ask(root, precision)


def ask(root: Path, precision: str) -> None:
    """Answers for two scans. Raises SpgcError, and AssertionError for no numbers."""
    shutil.rmtree(root / ANSWERS, ignore_errors=True)
    (root / ANSWERS).mkdir()
    system = load_system(root / "model", settings(root, precision))
    answers = answers_of(system, [(scan.case_id, scan.scan) for scan in cohort().test[:2]])
    for answer in answers.values():
        assert all(math.isfinite(share) for share in answer.probabilities or ()), answer


def other_xml(rng: random.Random, path: Path) -> None:
    """One attribute of another value, or lines that are missing or doubled."""
    text = path.read_text()
    kind = rng.randrange(6)
    if kind < 4:
        found = rng.choice(list(re.finditer(r'="([^"]*)"', text)))
        old = found[1]
        more = [str(int(old) + rng.choice((-1, 1, 64)))] if old.isdigit() else []
        text = f"{text[: found.start(1)]}{rng.choice([*WORDS, *more])}{text[found.end(1) :]}"
    else:
        lines = text.splitlines()
        at = rng.randrange(len(lines))
        lines[at : at + rng.choice((1, 8))] = [] if kind == 4 else lines[at : at + 1] * 2
        text = "\n".join(lines)
    path.write_text(text)


def tamper(rng: random.Random, root: Path) -> str:
    """Change one file, make its digest fit; the precision that reads it."""
    quantised, engines = root / "model" / FOLDER, root / "engines"
    places = [*sorted(quantised.glob("*.xml")), *sorted(engines.glob("*.xml")), quantised / FACTS]
    path = rng.choice([*places, *sorted(engines.glob(f"*{COMPILED}"))])
    if path.suffix == ".xml":
        if rng.random() < 0.65:
            other_xml(rng, path)
        else:
            other_bytes(rng, rng.choice([path, path.with_suffix(".bin")]))
    elif path.name != FACTS:
        other_bytes(rng, path)
    facts = quantised / FACTS
    document = json.loads(facts.read_text())
    if path == facts:
        document = other_document(rng, document)
    elif path.parent == quantised:
        document["files"][path.stem] = network_digests(path)
        for kept in engines.glob(f"*{COMPILED}"):
            kept.unlink()
    elif path.suffix == ".xml":
        write_kept(path.with_suffix(ENDING), " ".join(network_digests(path)).encode())
    if isinstance(document, dict):
        document["digest"] = facts_digest(document)
    facts.write_text(json.dumps(document))
    return "fp32" if path.parent == engines and path.suffix == ".xml" else "int8"


def check(root: Path, number: int, seed: int) -> None:
    """Tamper with a copy, ask it, and say in a line what came of it."""
    rng = random.Random(f"{seed}:{number}")  # noqa: S311
    work = Path(shutil.copytree(root, root.with_name("work")))
    try:
        precision = tamper(rng, work)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ask(work, precision)
        outcome = f"{precision} answered"
    except SpgcError as error:
        assert "\n" not in str(error), error
        assert len(str(error)) < 5000, error
        outcome = "refused"
    finally:
        shutil.rmtree(work)
    print(number, outcome, flush=True)


def run(inputs: int, seconds: float, seed: int, first: int = 0) -> Counter[str]:
    """Counts of what came of the inputs. Raises AssertionError for a process that died."""
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "made"
        root.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            small_networks(patch)
            patch.setattr(int8, "LEAST_EQUAL", 0.0)
            make(root)
        words = [sys.executable, __file__, "--root", str(root)]
        words += [f"--inputs={first + inputs}", f"--seed={seed}", f"--seconds={seconds}"]
        words += [f"--first={first}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        counts[line.partition(" ")[2]] += 1
    what = f"input {first + counts.total()} of seed {seed}: {done.stderr[-3000:]}"
    assert done.returncode == 0, what
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--root", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.root:
        end = time.monotonic() + given.seconds
        with pytest.MonkeyPatch.context() as patch:
            small_networks(patch)
            for number in range(given.first, given.inputs):
                if time.monotonic() > end:
                    break
                check(given.root, number, given.seed)
        return 0
    counts = run(given.inputs, given.seconds, given.seed, given.first)
    print(", ".join(f"{n:,} {what}" for what, n in sorted(counts.items())))
    print(f"{counts.total():,} tampered networks, each answered in numbers or refused in a line")
    return 0


if __name__ == "__main__":
    sys.exit(main())
