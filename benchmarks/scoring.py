"""Speed of scoring, as ratios and limits within one run, so that the machine drops out.

    python benchmarks/scoring.py [--json]

1. `spgc score` on 90 cases, process start included, against `python -c "import pandas"`: <= 1.5.
2. `spgc --help`: < 0.5 s.
3. 10,000 bootstrap resamples of 90 cases: < 0.2 s, with and without probabilities.
4. An audit of a leaderboard of 10,000 rows: < 10 s.
5. `spgc score` with probabilities of 10,000, 30,000 and 100,000 cases: processor time and memory
   that grow in a straight line, < 30 s and < 1 GiB at the last, and at most 15 times the first.

Runs alternate, and the median counts. Exits 1 when a limit is missed.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import numpy as np

from spgc.board.audit import audit
from spgc.board.claims import read_claims
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import read_manifests
from spgc.protocol import CLASSES, RANKED_SPLITS
from spgc.scoring.bootstrap import confusion_intervals, probability_intervals
from spgc.scoring.counts import confusion
from spgc.scoring.probability import Graded
from spgc.submissions.write import write_submission

ROUNDS = 11


@dataclass
class Result:
    """One measurement and its limit, in seconds or as a ratio."""

    name: str
    value: float
    limit: float
    unit: str

    @property
    def ok(self) -> bool:
        return self.value <= self.limit


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def process(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def alternate(*works: Callable[[], object]) -> list[float]:
    """Median seconds of each, run in turn so that a busy spell hits all alike."""
    for work in works:
        work()
    times = [[seconds(work) for work in works] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def random_answers(cases: list[str], seed: int) -> dict[str, str]:
    random = np.random.default_rng(seed)
    return {
        case: CLASSES[i] for case, i in zip(cases, random.integers(0, 3, len(cases)), strict=True)
    }


def command_line(folder: Path) -> list[Result]:
    manifest = read_manifests()
    cases = [c.case_id for name in RANKED_SPLITS for c in manifest.split(name)]
    path = folder / "submission.csv"
    write_submission(path, random_answers(cases, 0), None, manifest)
    score, pandas, help_ = alternate(
        process("-m", "spgc.cli.main", "score", str(path)),
        process("-c", "import pandas"),
        process("-m", "spgc.cli.main", "--help"),
    )
    return [
        Result(
            f"spgc score / import pandas ({score:.2f} s / {pandas:.2f} s)", score / pandas, 1.5, ""
        ),
        Result("spgc --help", help_, 0.5, "s"),
    ]


def resampling() -> list[Result]:
    manifest = read_manifests()
    cases = [c for name in RANKED_SPLITS for c in manifest.split(name)]
    answers = random_answers([c.case_id for c in cases], 1)
    parts = [confusion(manifest.truth(name), answers, CLASSES) for name in RANKED_SPLITS]
    shares = np.random.default_rng(2).dirichlet((1, 1, 1), len(cases))
    graded = Graded.of([c.label or "" for c in cases], [(a, b, c) for a, b, c in shares], CLASSES)
    keys = [(c.split, c.label) for c in cases]
    seeds = count()  # a set whose intervals are known is not drawn again
    plain, full = alternate(
        lambda: confusion_intervals(parts, seed=next(seeds)),
        lambda: probability_intervals(graded, keys),
    )
    return [
        Result("10,000 resamples of 90 cases", plain, 0.2, "s"),
        Result("the same with AUC and log loss", full, 0.2, "s"),
    ]


def growing(folder: Path) -> list[Result]:
    """Processor seconds and peak memory of `spgc score` by the number of cases."""
    spent = {n: _one_size(folder / str(n), n) for n in (10_000, 30_000, 100_000)}
    results = []
    for n, (used, memory) in spent.items():
        results.append(Result(f"spgc score of {n:,} cases, processor time", used, 30, "s"))
        results.append(Result(f"spgc score of {n:,} cases, memory", memory, 1024, "M"))
    ratio = spent[100_000][0] / spent[10_000][0]
    return [*results, Result("time of 100,000 cases / of 10,000", ratio, 15, "")]


def _one_size(folder: Path, n: int) -> tuple[float, float]:
    folder.mkdir()
    random = np.random.default_rng(4)
    names = [f"c{i:06}" for i in range(n)]
    truth = [CLASSES[i] for i in random.integers(0, 3, n)]
    rows = "".join(f"{c},{t},own,made,own\n" for c, t in zip(names, truth, strict=True))
    (folder / "own.csv").write_text("case,label,split,source,certainty\n" + rows)
    shares = [(a, b, c) for a, b, c in random.dirichlet((1, 1, 1), n).tolist()]
    labels = {c: CLASSES[s.index(max(s))] for c, s in zip(names, shares, strict=True)}
    path = folder.with_suffix(".csv")
    write_submission(path, labels, dict(zip(names, shares, strict=True)))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process("-m", "spgc.cli.main", "score", str(path), "--manifests", str(folder))()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, after.ru_maxrss / 1024  # the largest child so far: sizes rise


def big_audit(folder: Path) -> Result:
    random = np.random.default_rng(3)
    lines = ["Team,Accuracy,COVID-19,CAP,Normal"]
    for i in range(10_000):
        hits = [int(random.integers(0, n + 1)) for n in (35, 20, 35)]
        rates = [h / n for h, n in zip(hits, (35, 20, 35), strict=True)]
        total = sum(hits) + (i % 10 == 0)
        lines.append(f"team {i}," + ",".join(f"{r:.4f}" for r in (total / 90, *rates)))
    path = folder / "board.csv"
    path.write_text("\n".join(lines))
    spent = seconds(lambda: audit(read_claims(path, SPGC, (35, 20, 35)), SPGC))
    return Result("audit of 10,000 rows", spent, 10, "s")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        results = [*command_line(Path(name)), *resampling(), big_audit(Path(name))]
        results += growing(Path(name))
    if "--json" in sys.argv[1:]:
        print(json.dumps([{**asdict(r), "ok": r.ok} for r in results], indent=2))
    else:
        for r in results:
            mark = "ok  " if r.ok else "SLOW"
            print(f"{mark} {r.value:8.3f} {r.unit:1} (limit {r.limit}) {r.name}")
    return 0 if all(r.ok for r in results) else 1


if __name__ == "__main__":
    sys.exit(main())
