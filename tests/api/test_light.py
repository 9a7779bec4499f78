"""Without extras a public name either works or says in one line what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

from spgc.jobs.extras import has

SCANS = (
    *("read_scan", "lung_mask", "open_store", "load_model", "train", "predict"),
    *("check_data", "index_data", "check_store", "phantom", "preprocess"),
    *("quantise", "explain_scan", "importance", "view"),
)

CODE = """
from tests.without_extras import absent, hide
hide(absent({{*{present!r}}}))
import spgc
try:
    spgc.{name}
except spgc.MissingExtraError as error:
    print(error)
else:
    print("there")
"""


@pytest.mark.parametrize(
    ("name", "present", "said"),
    [
        *((name, [], "there") for name in ("score", "validate", "compare", "leaderboard")),
        *((name, [], "there") for name in ("disclosure_budget", "ladder", "submit")),
        *((name, [], "there") for name in ("agreement", "write_report", "merge")),
        *((name, [], "there") for name in ("data_info", "example", "audit_board", "cite")),
        *((name, [], "there") for name in ("make_challenge", "check_challenge", "rank_teams")),
        *((name, [], "there") for name in ("challenge_page", "make_kit", "check_kit")),
        *((name, [], "there") for name in ("list_systems", "describe_system")),
        *((name, [], "pip install 'spgc[train]'") for name in ("regress", "update_baseline")),
        *((name, [], "pip install 'spgc[ct]'") for name in SCANS),
        *((name, ["ct"], "there") for name in SCANS),
    ],
)
def test_a_name_is_there_or_says_what_to_install(name: str, present: list[str], said: str) -> None:
    if present and not has("ct"):
        pytest.skip("needs what [ct] brings")
    code = CODE.format(present=present, name=name)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    (line,) = done.stdout.splitlines()
    assert said in line
    assert (line == "there") == (said == "there")
