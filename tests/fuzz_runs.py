"""Fuzz what lies beside a submission: record, slice table, heat maps, model card, parts of a run.

    python tests/fuzz_runs.py --inputs 100000 --seconds 600

stops at whichever comes first. A run of made-up answers is written once; then fields of its JSON
files get other kinds of values, and its other files other bytes, with every digest made to fit, as
a stranger could send it. `validate`, `score`, `report` in terminal and page, `leaderboard`,
`compare` and `merge` are run on it. Each has to end in exit code 0, or 1 and one line of error; no
output may hold a control character, the page no foreign markup, and JSON no NaN.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from spgc.cli.main import run as run_command
from spgc.data.manifests import read_manifests
from spgc.files.hashes import file_hash
from spgc.model.folder import write_model
from spgc.model.trained_on import training_facts
from spgc.submissions.record_digest import with_digest
from tests.fuzz_models import other_bytes, other_document

MARKUP = "<script>alert(1)</script>"

PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)

PARTS = ("1of2", "2of2")


def write_run(folder: Path) -> None:
    """A run on test2 in one piece and in two parts, with all that can lie beside it."""
    folder.mkdir()
    model_hash = _write_model(folder / "model")
    manifest = read_manifests()
    cases = [case.case_id for case in manifest if case.split == "test2"]
    rows = [f"{case},covid-19,0.6,0.3,0.1" for case in cases]
    head = "Study,Label,covid-19,cap,normal"
    facts: dict[str, Any] = {
        "model_hash": model_hash,
        "spgc": "1.0",
        "system": "density",
        "options": {"a": "b"},
        "engine": "torch",
        "precision": "fp32",
        "device": "cpu",
        "conversion": "",
        "run": {
            "seconds": 1.5,
            "scans": 30,
            "slices": 900,
            "stages": [{"stage": "reading", "seconds": 1.0, "slices": 900, "slices_per_second": 9}],
            "stages_note": "Stages overlap.",
            "peak_memory_gib": 1.0,
            "hardware": {"cpu": "a cpu", "cores": 2, "accelerator": None},
            "versions": {"spgc": "1.0", "numpy": "2.0"},
        },
        "left_out": [],
        "filled_in": {cases[0]: "CAP"},
        "remarks": {cases[1]: ["a remark"]},
        "trained_on_synthetic": True,
        "transductive": [cases[2]],
        "learnt_with_labels": [],
        "trained_on": [cases[3]],
        "chosen_by": [cases[4]],
        "purpose": "Research software. Not for diagnosis.",
        "marks_covered": True,
    }
    text = "\n".join([head, *rows]) + "\n"
    _write(folder, "", text, facts)
    for part, inside in zip(PARTS, (rows[:15], rows[15:]), strict=True):
        number = part[0]
        own = facts | {"order": cases, "splits": ["test2"], "shard": f"{number}/2"}
        own |= {"filled_in": {}, "remarks": {}, "transductive": [], "trained_on": []}
        own |= {"chosen_by": []}
        _write(folder, f".{part}", "\n".join([head, *inside]) + "\n", own)
    table = ["case,backbone,slice,label,p_covid19,p_cap,p_normal"]
    table += [f"{case},net,{k},CAP,0.2,0.3,0.5" for case in cases[:12] for k in range(1, 5)]
    (folder / "slices.csv").write_text("\n".join(table) + "\n")
    (folder / "explain").mkdir()
    heat = {"case": cases[5], "slice": 2, "model_hash": model_hash, "target": "CAP"}
    (folder / "explain" / "a-slice-2.json").write_text(json.dumps(heat))
    (folder / "explain" / "a-slice-2.png").write_bytes(PNG)


def _write_model(folder: Path) -> str:
    """The model of the run, as far as reports read it; its hash."""
    folder.mkdir()
    (folder / "weights.json").write_text("{}")
    (folder / "MODEL_CARD.md").write_text(f"# Card\n\n{MARKUP} [x](javascript:x)\n")
    facts = training_facts([])
    document = write_model(folder, "density", config={}, files=["weights.json"], trained_on=facts)
    return str(document["model_hash"])


def _write(folder: Path, tag: str, text: str, facts: Mapping[str, Any]) -> None:
    names = [f"submission{tag}.csv", f"submission-test2{tag}.csv"]
    for name in names:
        (folder / name).write_text(text)
    files = {name: file_hash(folder / name) for name in names}
    (folder / f"submission{tag}.run.json").write_text(json.dumps({**facts, "files": files}))


def tamper(rng: random.Random, folder: Path) -> None:
    """Change one file, and let the records' digests fit."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    path = rng.choice([*paths, *folder.glob("*.run.json")])
    if path.suffix == ".json" and rng.random() < 0.8:
        path.write_text(json.dumps(other_document(rng, json.loads(path.read_text()))))
    elif path.suffix == ".csv" and rng.random() < 0.6:
        lines = path.read_text().splitlines()
        cells = lines[rng.randrange(len(lines))].split(",")
        cells[rng.randrange(len(cells))] = rng.choice(_CELLS)
        lines[rng.randrange(len(lines))] = ",".join(cells)
        path.write_text("\n".join(lines) + "\n", errors="surrogatepass")
    else:
        other_bytes(rng, path)
    for record in folder.glob("*.run.json"):
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, OSError):
            facts = json.loads(record.read_text())
            for name in facts["files"]:
                facts["files"][name] = file_hash(folder / name)
            record.write_text(json.dumps(with_digest(facts)))


_CELLS = ["", "nan", "inf", "1e999", "\x1b[2J", MARKUP, '"', "P001", "=1+1", "9" * 400, "‮x", "-1"]


def commands(folder: Path) -> Iterator[list[str]]:
    """Everything that reads a run."""
    whole = str(folder / "submission.csv")
    yield ["validate", whole]
    yield ["score", whole, "--resamples", "100"]
    yield ["score", whole, "--resamples", "100", "--json"]
    yield ["report", str(folder), "--terminal"]
    page = ["--out", str(folder / "page.html"), "--model", str(folder / "model")]
    yield ["report", str(folder), *page]
    yield ["leaderboard", "--add", whole, "--name", "me", "--split", "test2"]
    yield ["compare", whole, str(folder / "submission-test2.csv")]
    yield ["merge", str(folder), "--out", str(folder / "merged")]


def call(words: list[str]) -> int:
    """Exit code of a command run here; AssertionError for output that may not be."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["spgc", *words]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run_command()
    finally:
        sys.argv = before
    said = out.getvalue() + err.getvalue()
    assert "\x1b" not in said, said
    assert "Traceback" not in said, said
    assert code in (0, 1), f"exit code {code}: {said}"
    if code == 0 and "--json" in words:
        json.loads(out.getvalue(), parse_constant=_refuse)
    if code and words[0] != "validate":
        lines = [line for line in err.getvalue().splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, err.getvalue()
    return code


def _refuse(name: str) -> float:
    raise AssertionError(f"{name} in JSON")


def run(inputs: int, seconds: float, seed: int) -> Counter[str]:
    """Counts of exit codes by command."""
    counts: Counter[str] = Counter()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as root:
        whole, place = Path(root) / "whole", Path(root) / "run"
        write_run(whole)
        for words in commands(whole):
            assert call(words) == 0, words
        for extra in ("page.html", "merged"):
            made = whole / extra
            shutil.rmtree(made) if made.is_dir() else made.unlink()
        for number in range(inputs):
            rng = random.Random(f"{seed}:{number}")  # noqa: S311
            shutil.copytree(whole, place)
            try:
                tamper(rng, place)
                for words in commands(place):
                    code = call(words)
                    counts[f"{words[0]}: {code}"] += 1
                page = place / "page.html"
                assert not page.exists() or MARKUP not in page.read_text("utf-8")
            except Exception:
                print(f"input {number} of seed {seed}", flush=True)
                raise
            finally:
                shutil.rmtree(place)
            counts["inputs"] += 1
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
    given = parser.parse_args()
    counts = run(given.inputs, given.seconds, given.seed)
    total = counts.pop("inputs")
    print(", ".join(f"{name} ({n})" for name, n in sorted(counts.items())))
    print(f"{total:,} tampered runs, no traceback and nothing unprintable")
    return 0


if __name__ == "__main__":
    sys.exit(main())
