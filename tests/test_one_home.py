"""What several rooms need is written once: no other module holds these words or this arithmetic."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "spgc"

HOMES = {
    "purpose sentence": (r"(?i)research software[.,] not for diagnosis", "text/purpose.py"),
    "purpose of documents": (r"(?i)for research[.,] not|not for diagnosis,", "text/purpose.py"),
    "mark of phantoms": (r"[\"'>]SYNTHETIC|SYNTHETIC\)?[\"']", "text/synthetic.py"),
    "row among the challenge's": (
        r"the others on (the challenge's )?patients",
        "text/synthetic.py",
    ),
    "sentence on phantoms": (r"No figure (here|in it) is clinical", "text/synthetic.py"),
    "sentence on a model": (r"predictions mean nothing for patients", "text/synthetic.py"),
    "how many more problems": (r"\(and \{[^}]*\} more", "text/shortened.py"),
    "how many more": (r"\" …\"|and \{[^}]*\} more\"", "text/shortened.py"),
    "writing CSV": (r"csv\.(Dict)?[wW]riter\(", "files/csv_text.py"),
    "Unicode form of names": (r"normalize\(\"NFC\"", "text/unicode_form.py"),
    "formula signs": (r"\"=\+-@", "files/csv_text.py"),
    "silencing warnings": (r"catch_warnings\(", "jobs/quiet_warnings.py"),
    "mark of DICOM": (r"b\"DICM\"", "files/file_kinds.py"),
    "hash of facts": (r"sha256\(json\.dumps\(\w+, sort", "files/hashes.py"),
    "how far a sum may be off": (r"SUM_TOLERANCE = ", "submissions/shares.py"),
    "a thread's queue": (r"^import queue|SimpleQueue\(", "jobs/ahead.py"),
    "what a system lacks": (
        r"hasattr\((kind|system)|not isinstance\(system, \w+\):\n +raise (Usage|Model)Error",
        "contract/system.py",
    ),
    "launcher's variables": (r"[\"'](LOCAL_)?(WORLD_SIZE|RANK)[\"']", "jobs/launched.py"),
    "order of the lobes": (r"= \(\"LLL\", \"LUL\"", "protocol.py"),
    "equal parts of a scan": (
        r"(?i)-\(-[^)]*// *(parts|regions|groups)|(parts|regions|groups) \* \S+ // ",
        "contract/scan_parts.py",
    ),
}


@pytest.mark.parametrize("what", HOMES)
def test_it_is_written_in_its_home_alone(what: str) -> None:
    pattern, home = HOMES[what]
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.j2")]
    holding = {
        path.relative_to(PACKAGE).as_posix()
        for path in files
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }
    assert holding == {home}
