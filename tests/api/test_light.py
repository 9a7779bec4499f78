"""Without extras a public function either works or says in one line what to install."""

from __future__ import annotations

import subprocess
import sys

import pytest

import spgc
from spgc.jobs.extras import has

SCANS = {
    *("read_scan", "lung_mask", "open_store", "load_model", "train", "predict", "view"),
    *("check_data", "index_data", "check_store", "phantom", "preprocess"),
    *("quantise", "explain_scan", "importance"),
}
"""Those that need what [ct] brings to begin with."""

GATE = {"regress", "update_baseline"}
"""Those that need what [train] brings."""

FUNCTIONS = {name for name in spgc.__all__ if name[0].islower()}

CODE = """
from tests.without_extras import absent, hide
hide(absent({{*{present!r}}}))
import spgc
for name in {names!r}:
    try:
        getattr(spgc, name)
    except spgc.MissingExtraError as error:
        print(name, error)
    else:
        print(name, "there")
"""


@pytest.mark.parametrize("present", [[], ["ct"]], ids=["core", "ct"])
def test_each_is_there_or_says_what_to_install(present: list[str]) -> None:
    """In a process of its own, one name after the other; each answer is one line."""
    if not all(map(has, present)):
        pytest.skip("needs what [ct] brings")
    code = CODE.format(present=present, names=sorted(FUNCTIONS))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert said.keys() == FUNCTIONS
    lacking = GATE | (set() if present else SCANS)
    assert {name for name, words in said.items() if words != "there"} == lacking
    for name in lacking:
        extra = "train" if name in GATE else "ct"
        assert said[name].endswith(f"Do: pip install 'spgc[{extra}]'"), said[name]
