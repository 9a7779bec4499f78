"""`spgc cite` prints the tool, the paper and the data set."""

from __future__ import annotations

import json
import re

from spgc.data.citations import CITATIONS, CNR_IEMN, reference
from tests.cli.conftest import Spgc


def test_the_command_prints_three_works(spgc: Spgc) -> None:
    ran = spgc("cite")
    assert (ran.code, ran.err) == (0, "")
    assert re.findall(r"^@\w+\{(\w+),$", ran.out, re.MULTILINE) == [w.key for w in CITATIONS]
    assert spgc("cite", "--format", "text").out.splitlines() == [*map(reference, CITATIONS)]
    assert "Bougourzi F, Contino R, Distante C, Taleb-Ahmed A. Recognition" in reference(CNR_IEMN)
    works = json.loads(spgc("cite", "--json").out)["works"]
    assert [one["what"] for one in works] == [work.what for work in CITATIONS]
