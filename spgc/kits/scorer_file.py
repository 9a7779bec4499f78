"""The scorer of a challenge as one Python file, and the truth that it reads when it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.data.manifests import Manifest
from spgc.files.csv_text import csv_text
from spgc.kits.embedded_cases import facts_of
from spgc.kits.one_file import one_file
from spgc.kits.reached_code import Origin
from spgc.kits.scorer_program import TRUTH_COLUMNS
from spgc.version import __version__

CHALLENGE_FILE = "challenge.toml"
"""What participants call the challenge file, in the commands that a refusal names."""

_FACTS = "spgc.kits.embedded_facts"
_SOURCES = {
    "spgc.challenge.spgc_challenge": (
        "from spgc.kits.embedded_challenge import challenge_of_facts\n"
        f"from {_FACTS} import FACTS\n"
        "SPGC = challenge_of_facts(FACTS)\n"
    ),
    _FACTS: "import json\nEMBEDDED = None\nFACTS = json.loads(EMBEDDED)\n",
}
"""In the file the challenge that is embedded is the one that is meant where no other is named."""

_HEAD = '''#!/usr/bin/env python3
"""Scorer of a challenge: one file for Python 3.7 and later, without any package.

    python3 scorer.py submission.csv                        checks a submission
    python3 scorer.py submission.csv --truth truth.csv      scores it

Exit code 0: done, JSON on standard output. 1: the submission is refused, and the last line of
standard error says why. 2: wrong usage. 3: the truth is not what it should be. Made by spgc
VERSION from its own source, so that it accepts, refuses and counts as `spgc validate` and
`spgc score` do. It holds no label.
"""'''

_TAIL = """
SCORER = Scorer(FACTS)
Refused = SubmissionRefused
read_answers = SCORER.read_answers
read_bytes = SCORER.read_bytes
read_truth = SCORER.read_truth
score = SCORER.score

if __name__ == "__main__":
    END = SCORER.run(sys.argv[1:])
    sys.stdout.write(END.output)
    sys.stderr.write(END.reason)
    sys.exit(END.code)
"""

_PLACE = "EMBEDDED = None"

_ROOTS = ("Scorer", "SubmissionRefused", "BrokenScorer", "ended", "one_csv", "REFUSED", "BROKEN")


@dataclass(frozen=True)
class Program:
    """A file that scores: what it has to hold of spgc, its beginning, and statements at its end."""

    roots: tuple[Origin, ...]
    head: str
    tail: str

    def with_words(self, words: Mapping[str, str]) -> Program:
        """The same with words put in at the end, which stand there in capitals.

        All at once: the name of a class may be such a word.
        """
        places = re.compile("|".join(map(re.escape, words)))
        return replace(self, tail=places.sub(lambda found: words[found.group()], self.tail))


SCORER = Program(tuple(Origin("spgc.kits.scorer_program", name) for name in _ROOTS), _HEAD, _TAIL)
"""The scorer as a program of its own, whose functions adaptors may import as well."""


def scorer_text(challenge: Challenge, manifest: Manifest, program: Program = SCORER) -> str:
    """The scorer of a challenge; `manifest` holds its cases, whose labels stay out of it."""
    facts = facts_of(challenge, manifest, CHALLENGE_FILE)
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in facts.items()]
    text = "{\n" + ",\n".join(lines) + "\n}"
    return _code(program).replace(_PLACE, f'EMBEDDED = r"""{text}"""', 1)


@lru_cache(maxsize=16)
def _code(program: Program) -> str:
    """The scorer without a challenge."""
    head = program.head.replace("VERSION", __version__)
    return one_file([*program.roots, Origin(_FACTS, "FACTS")], _SOURCES, head, program.tail)


def truth_text(challenge: Challenge, manifest: Manifest) -> str:
    """The classes of all cases, as `read_truth` of the scorer reads them. For organisers alone."""
    rows: list[tuple[Any, Any]] = [
        (case.case_id, challenge.written[case.label or ""]) for case in manifest
    ]
    return csv_text([TRUTH_COLUMNS, *rows])
