"""Fuzz the reader of submissions: whatever the bytes, a report comes back and never a traceback.

    python tests/fuzz_submissions.py --inputs 1000000 --seconds 600

stops at whichever comes first. Inputs are valid files that were broken in one to six ways, lines
of awkward pieces, and plain random bytes. Each report is held to what it promises: refused exactly
when there is a reason, accepted only when every case of a split is answered, and what is accepted
reads back from its own written form. On failure the input is printed and the seed repeats it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from pathlib import Path

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.protocol import CLASSES
from spgc.report.problem_lines import report_lines
from spgc.scoring.score import score
from spgc.submissions.reading_rules import Reading, reading_of, reading_on
from spgc.submissions.validate import ValidationReport, validate_bytes
from spgc.submissions.write import submission_text

PIECES = [
    "Study",
    "Label",
    "Patient name",
    "Labels",
    "p_covid19",
    "p_cap",
    "p_normal",
    "T2-001",
    "T2_001",
    "t2-1",
    "T1-001",
    "T2-999",
    "syn-T2-001",
    "covid-19",
    "COVID-19",
    "cap",
    "CAP",
    "normal",
    "Normal",
    "covd",
    "0",
    "1",
    "0.5",
    "1e999",
    "nan",
    "-0.1",
    "1_000",
    "0x1p-1",
    "infinity",
    "²",
    "\u0660",
    "é",
    "漢",
    "x" * 300,
    "",
    " ",
    "\u00a0",
    "\ufeff",
    "\u2013",
    "'",
    '"',
    '""',
    '="T2-001"',
    "sep=;",
    'sep="',
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\r",
    "\x00",
    "\x1b",
    "\x1e",
    "\x85",
    "\u2028",
]


def small_manifest() -> Manifest:
    rows = [(f"T{s}-00{i}", CLASSES[i % 3], f"test{s}") for s in (1, 2) for i in (1, 2, 3)]
    return Manifest({c: Case(c, label, split, "", "own") for c, label, split in rows})


def valid(rng: random.Random, manifest: Manifest) -> str:
    split = rng.choice(manifest.splits())
    labels = {case.case_id: rng.choice(CLASSES) for case in manifest.split(split)}
    shares = dict.fromkeys(labels, (0.2, 0.3, 0.5)) if rng.random() < 0.3 else None
    text = submission_text(labels, shares, manifest)
    form = rng.random()
    if form < 0.1:  # numbers as labels
        return re.sub(r",(covid-19|cap|normal)\b", lambda m: f",{len(m[1]) % 3}", text)
    if form < 0.2:  # no column of labels
        return re.sub(r"^([^,\n]*),[^,\n]*", r"\1", text, flags=re.MULTILINE)
    return text.replace("\nT", ',"a\nb"\nT') if form < 0.25 else text


def broken(rng: random.Random, text: str) -> bytes:
    """`text` after one to six of the accidents that happen to files."""
    for _ in range(rng.randint(1, 6)):
        at, end = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        lines = text.split("\n")
        accident = rng.randrange(8)
        if accident == 0:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        elif accident == 1:
            text = text[:at] + text[min(end, at + 5) :]
        elif accident == 2:
            text = text.replace(rng.choice(",-\nT02c"), rng.choice(PIECES), rng.randint(1, 4))
        elif accident == 3:
            lines.insert(rng.randint(0, len(lines)), rng.choice(lines))
            text = "\n".join(lines)
        elif accident == 4:
            rng.shuffle(lines)
            text = "\n".join(lines)
        elif accident == 5:
            text = text.replace(",", rng.choice([";", "\t", "|", " ", ",,"]))
        elif accident == 6:
            text = text.swapcase()
        else:
            lines.pop(rng.randrange(len(lines)))
            text = "\n".join(lines)
    codec = rng.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    data = text.encode(codec, errors="replace")
    return data[: rng.randint(0, len(data))] if rng.random() < 0.05 else data


def make_input(rng: random.Random, manifest: Manifest) -> bytes:
    kind = rng.random()
    if kind < 0.7:
        return broken(rng, valid(rng, manifest))
    if kind < 0.9:
        return "".join(rng.choices(PIECES, k=rng.randint(0, 40))).encode("utf-8", "replace")
    return rng.randbytes(rng.randint(0, 200))


READINGS = [
    Reading(SPGC),
    Reading(SPGC),
    Reading(SPGC),
    reading_of("0=covid-19,1=cap,2=normal", challenge=SPGC),
    Reading(SPGC, argmax=True),
    Reading(SPGC, partial=True),
    reading_of("a=cap", argmax=True, partial=True, challenge=SPGC),
]


def check(
    data: bytes, split: str | None, manifest: Manifest, reading: Reading = reading_on(SPGC)
) -> ValidationReport:
    """Raises AssertionError where a report breaks a promise, anything else where reading fails."""
    report = validate_bytes(data, split, manifest, reading=reading)
    assert report.ok == (not report.refused)
    for problem in report.problems:
        assert problem.what
        assert problem.severity != "refused" or problem.fix
        assert all(part.isprintable() for part in (problem.what, problem.found or ""))
    json.dumps(report.as_dict(), allow_nan=False)
    list(report_lines(report))
    if report.submission is not None:
        answered = set(report.submission.predictions)
        expected = {case.case_id for name in report.splits for case in manifest.split(name)}
        assert answered == expected or (reading.partial and answered < expected)
        shares = report.submission.probabilities
        text = submission_text(report.submission.predictions, shares, manifest)
        plain = Reading(SPGC, partial=reading.partial)
        again = validate_bytes(text.encode(), split, manifest, reading=plain).accepted()
        assert again.predictions == report.submission.predictions
        score(report.submission, manifest, resamples=1, partial=reading.partial)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    manifests = [small_manifest()] * 19 + [read_manifests()]
    start, accepted = time.monotonic(), 0
    for number in range(arguments.inputs):
        rng = random.Random(f"{arguments.seed}:{number}")  # noqa: S311
        manifest = rng.choice(manifests)
        data = make_input(rng, manifest)
        split = rng.choice([None, None, "test2", "low-dose", "all"])
        reading = rng.choice(READINGS)
        try:
            accepted += check(data, split, manifest, reading).ok
        except Exception:
            print(
                f"input {number} of seed {arguments.seed}, --split {split}, {reading}:\n{data!r}",
                flush=True,
            )
            Path("fuzz-failure.csv").write_bytes(data)
            raise
        if time.monotonic() - start > arguments.seconds:
            break
    spent = time.monotonic() - start
    print(f"{number + 1:,} inputs in {spent:.0f} s, {accepted:,} accepted, no traceback")
    return 0


if __name__ == "__main__":
    sys.exit(main())
