"""Two processes that serve one file: a limit of k takes exactly k, whoever asks when."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from spgc.serving.audit_server import audit_server
from tests.serving.conftest import Serve

ROOT = Path(__file__).parents[2]

SENDER = """
import sys
from pathlib import Path
from spgc.errors import SpgcError
from spgc.serving.served_desk import ServedDesk
from tests.serving.flower_server import csv, guesses

path, token, first, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
desk = ServedDesk(path)
files = [csv(guesses(seed)) for seed in range(first, first + number)]
print("ready", flush=True)
sys.stdin.readline()
for content in files:
    try:
        print("taken", desk.submit(token, content).submission.number)
    except SpgcError as error:
        print(type(error).__name__)
"""

LIMIT = 25


def test_exactly_as_many_are_taken_as_the_limit_says(serve: Serve) -> None:
    """Both send 40 files of one team at the same moment; 10 of them are the same files."""
    server = serve("ladder", submissions=str(LIMIT), per_day="1000")
    senders = [
        subprocess.Popen(
            [sys.executable, "-c", SENDER, str(server.path), server.tokens["Ada"], first, "40"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in ("0", "30")
    ]
    for one in senders:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in senders:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [line for one in senders for line in one.communicate(timeout=120)[0].splitlines()]
    assert len(said) == 80
    taken = Counter(line for line in said if line.startswith("taken"))
    assert len(taken) == LIMIT  # a file that both sent has one number
    assert {line for line in said if not line.startswith("taken")} == {"NoneLeftError"}
    found = audit_server(server.path)
    assert (found.good, found.submissions) == (True, LIMIT)
    assert server.desk.team(server.tokens["Ada"]).left.submissions == 0
