"""Whether the scorer of a kit says of random and broken files what `spgc score` says.

    python -m tests.kits.same_scores --files 1000

makes so many submissions to SPGC's ranked sets and to a challenge of five classes, lets every
Python of the machine score them, and compares refusals letter by letter, counts and intervals bit
by bit.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.challenge_cases import challenge_manifest
from spgc.data.manifests import Case, Manifest
from spgc.errors import SubmissionError
from spgc.kits.scorer_file import CHALLENGE_FILE, scorer_text, truth_text
from spgc.scoring.group import GroupScore
from spgc.scoring.result import Score
from spgc.scoring.score_submission import score_submission
from spgc.submissions.validate import validate_bytes
from spgc.submissions.write import submission_text
from tests.challenge.flowers import flowers
from tests.fuzz_submissions import PIECES, broken
from tests.kits.pythons import pythons

RUNNER = Path(__file__).with_name("old_python.py")


def small_spgc() -> Manifest:
    """Three cases of each ranked set, and a set that is not ranked."""
    names = [*SPGC.ranked, "test4"]
    rows = [
        (f"T{n}-00{i}", SPGC.names[i % 3], name) for n, name in enumerate(names) for i in (1, 2, 3)
    ]
    return Manifest({c: Case(c, label, s, "", "own") for c, label, s in rows})


def valid(rng: random.Random, manifest: Manifest) -> str:
    """A whole submission in one of the forms that people write."""
    challenge = manifest.challenge
    others = rng.choice([0, 0, 0, 1, 1, 0.5])  # of the cases of sets that are not ranked
    asked = [c for c in manifest if challenge.sets[c.split].ranked or rng.random() < others]
    labels = {case.case_id: rng.choice(challenge.names) for case in asked}
    shares = {case: shares_of(rng, challenge) for case in labels} if rng.random() < 0.4 else None
    lines = submission_text(labels, shares, manifest).splitlines()
    header, rows = lines[0], lines[1:]
    if rng.random() < 0.4:
        rng.shuffle(rows)
    if rng.random() < 0.1:
        rows += rng.sample(rows, 2)
    if rng.random() < 0.3:
        header = header.replace("Study", rng.choice(["case", "ID", "Patient name"]))
    text = "\n".join([header, *rows] if rng.random() < 0.9 else rows) + "\n"
    return text.replace(",", rng.choice([",", ",", ",", ";", "\t", "|", " , "]))


def shares_of(rng: random.Random, challenge: Challenge) -> tuple[float, ...]:
    """Probabilities in two digits, whose sum may lie at the edge of what is taken for 1."""
    drawn = [rng.random() for _ in challenge.classes]
    found = [round(one / sum(drawn), 2) for one in drawn]
    gap = rng.choice([0] * 30 + [0.01, 0.02, -0.02, 0.03])
    found[0] = round(max(1 - sum(found[1:]) + gap, 0), 2)
    return tuple(found)


def make_file(rng: random.Random, manifest: Manifest) -> bytes:
    kind = rng.random()
    if kind < 0.4:
        return valid(rng, manifest).encode(rng.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    if kind < 0.85:
        return broken(rng, valid(rng, manifest))
    if kind < 0.95:
        return "".join(rng.choices(PIECES, k=rng.randint(0, 40))).encode("utf-8", "replace")
    return rng.randbytes(rng.randint(0, 200))


def expected(data: bytes, name: str, manifest: Manifest) -> dict[str, Any]:
    """What spgc says of a file: its refusal, or its score."""
    challenge = manifest.challenge
    split = challenge.overall.name if challenge.overall else challenge.ranked[0]
    try:
        read = validate_bytes(data, split, manifest, Path(name)).accepted()
    except SubmissionError as error:
        return {"refused": str(error)}
    return {"scored": facts(score_submission(read, manifest, resamples=1))}


def facts(score: Score) -> dict[str, Any]:
    """The numbers of a score that a kit's scorer gives as well."""
    pools = {} if score.overall is None else {score.overall.name: score.overall}
    return {
        "sets": {name: group_facts(group) for name, group in score.splits.items()},
        "pools": {n: group_facts(group) for n, group in (*pools.items(), *score.further.items())},
    }


def group_facts(group: GroupScore) -> dict[str, Any]:
    document = group.as_dict()
    rates = {"accuracy": document["accuracy"], **document["sensitivity"]}
    return {
        "cases": document["cases"],
        "confusion": document["confusion"],
        "balanced_accuracy": group.confusion.balanced_accuracy,
        "rates": {n: {k: v for k, v in rate.items() if k != "wilson"} for n, rate in rates.items()},
    }


def as_expected(outcome: dict[str, Any]) -> dict[str, Any]:
    """A scorer's answer in the form of `expected`."""
    if "refused" in outcome:
        return outcome
    scored = outcome["scored"]

    def group(one: dict[str, Any]) -> dict[str, Any]:
        rates = {"accuracy": one["accuracy"], **one["sensitivity"]}
        balanced = one["balanced_accuracy"]
        kept = {"cases": one["cases"], "confusion": one["confusion"]}
        return {**kept, "balanced_accuracy": balanced, "rates": rates}

    return {
        "scored": {
            part: {name: group(one) for name, one in scored[part].items()}
            for part in ("sets", "pools")
        }
    }


def manifests(folder: Path) -> list[Manifest]:
    """SPGC's form and five classes, as the scorer knows them: by the name of the file alone."""
    (folder / "flowers").mkdir()
    read = challenge_manifest(flowers(folder / "flowers"))
    known = replace(read.challenge, source=Path(CHALLENGE_FILE))
    return [small_spgc(), replace(read, challenge=known, words=known.options)]


def compare(folder: Path, files: int, seed: int) -> dict[str, tuple[int, int, list[str]]]:
    """By Python: files, how many were accepted, and those on which the two differ."""
    totals: dict[str, tuple[int, int, list[str]]] = {}
    for number, manifest in enumerate(manifests(folder)):
        place = folder / f"round{number}"
        (place / "files").mkdir(parents=True)
        wanted = {}
        for count in range(files // 2 + files % 2 * (1 - number)):
            rng = random.Random(f"{seed}:{number}:{count}")  # noqa: S311 - no secret
            name, data = f"file{count}.csv", make_file(rng, manifest)
            (place / "files" / name).write_bytes(data)
            wanted[name] = json.loads(json.dumps(expected(data, name, manifest)))
        (place / "scorer.py").write_text(scorer_text(manifest.challenge, manifest), "utf-8")
        (place / "truth.csv").write_text(truth_text(manifest.challenge, manifest), "utf-8")
        for version, python in pythons().items():
            found = run(python, place)
            unlike = [f"{place}/files/{n}" for n in wanted if as_expected(found[n]) != wanted[n]]
            before = totals.get(version, (0, 0, []))
            accepted = sum("scored" in one for one in found.values())
            totals[version] = (
                before[0] + len(wanted),
                before[1] + accepted,
                [*before[2], *unlike],
            )
    return totals


def run(python: Path, place: Path) -> dict[str, Any]:
    """What the scorer says of every file, in one process of that Python."""
    names = ("scorer.py", "truth.csv", "files", "found.json")
    words = [str(python), str(RUNNER), *(str(place / name) for name in names)]
    subprocess.run(words, check=True, timeout=600)
    found: dict[str, Any] = json.loads((place / "found.json").read_text("utf-8"))["found"]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        totals = compare(Path(folder), asked.files, asked.seed)
        for version, (files, accepted, unlike) in totals.items():
            print(f"Python {version}: {files:,} files, {accepted:,} scored, {len(unlike)} unlike")
            for path in unlike[:3]:
                print(f"  {Path(path).read_bytes()[:300]!r}")
    return 1 if any(unlike for _, _, unlike in totals.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
