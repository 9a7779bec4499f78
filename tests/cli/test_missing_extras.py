"""Without an extra every command works or names what to install, in one line, with exit code 1."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from spgc.cli.app import NEEDS, PANELS
from spgc.jobs.extras import has

ROOT = Path(__file__).parents[2]

CORE = {
    "agreement": ("{s}", "{s}"),
    "challenge": ("budget", "--split", "test1", "--submissions", "5"),
    "cite": (),
    "compare": ("{s}", "{s}"),
    "data": ("info",),
    "example": ("--split", "test2"),
    "kit": ("--help",),
    "leaderboard": ("--format", "html"),
    "merge": ("--help",),
    "report": ("{s}", "--out", "report.html"),
    "score": ("{s}",),
    "submit": ("--help",),
    "systems": (),
    "validate": ("{s}",),
}
"""Commands that work without any extra, with something for them to do."""

LACKING = {
    "demo": ((), "train"),
    "phantom": (("out",), "ct"),
    "preprocess": ((), "ct"),
    "train": ((), "train"),
    "quantise": ((), "train,openvino,int8"),
    "predict": ((), "train"),
    "reproduce": (("table1",), "train,report"),
    "store": (("check",), "ct"),
    "regress": ((), "train"),
    "importance": (("model",), "train,report"),
    "bench": (("scan",), "train"),
    "explain": (("case",), "train,report"),
    "figure": (("1",), "ct,report"),
    "view": (("scan", "--out", "a.png"), "ct,report"),
    "serve": (("run", "a.db"), "serve"),
    "data": (("check", "."), "ct"),
    "score": (("{s}", "--picture", "a.png"), "report"),
    "agreement": (("{s}", "{s}", "--picture", "a.png"), "report"),
    "report": (("{s}", "--store", ".", "--out", "r.html"), "ct,report"),
    "systems": (("cnr-iemn",), "train"),
}
"""What the core refuses, with the extras that it names."""

BEYOND_CT = {
    "demo": ((), "train"),
    "train": ((), "train"),
    "predict": (("--model", "{m}"), "train"),
    "quantise": ((), "train,openvino,int8"),
    "regress": ((), "train"),
    "bench": (("scan",), "train"),
    "figure": (("1",), "ct,report"),
    "view": (("scan", "--out", "a.png"), "ct,report"),
    "systems": (("cnr-iemn",), "train"),
}
"""What reading CT alone is not enough for."""

READING = pytest.mark.skipif(not has("ct"), reason="needs what [ct] brings")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An example submission, and the head of a model of CNR-IEMN."""
    place = tmp_path_factory.mktemp("core")
    example = run("", place, "example")
    assert example.returncode == 0, example.stderr
    (place / "s.csv").write_text(example.stdout)
    return place


def run(present: str, place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`spgc` with the extras in `present` alone."""
    filled = [word.format(s=place / "s.csv", m=place / "model") for word in words]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.without_extras import main"
    return subprocess.run(
        [sys.executable, "-c", f"{code}; main()", present, *filled],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_command_is_tried() -> None:
    commands = {name for panel in PANELS.values() for name in panel}
    assert set(CORE) | set(NEEDS) == commands
    assert set(NEEDS) <= set(LACKING)


@pytest.mark.parametrize("command", CORE)
def test_the_core_does_what_needs_no_scan(command: str, folder: Path) -> None:
    ran = run("", folder, command, *CORE[command])
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()


@pytest.mark.parametrize(
    ("present", "command", "words", "extras"),
    [("", name, words, extras) for name, (words, extras) in LACKING.items()]
    + [
        pytest.param("ct", name, words, extras, marks=READING)
        for name, (words, extras) in BEYOND_CT.items()
    ],
)
def test_what_is_missing_is_one_line(
    present: str, command: str, words: tuple[str, ...], extras: str, folder: Path
) -> None:
    model = folder / "model"
    model.mkdir(exist_ok=True)
    (model / "model.json").write_text('{"format": 1, "system": "cnr-iemn"}')
    ran = run(present, folder, command, *words)
    line = rf"error: package not installed: found \w+\. Do: pip install 'spgc\[{extras}\]'\n"
    assert re.fullmatch(line, ran.stderr), ran.stderr
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert not (folder / "out").exists()


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("systems", "--json")])
def test_the_core_introduces_itself(words: tuple[str, ...], folder: Path) -> None:
    ran = run("", folder, *words)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout


@READING
def test_the_list_of_systems_says_what_each_needs(folder: Path) -> None:
    listed = run("", folder, "systems").stdout
    assert re.search(r"cnr-iemn .* not installed +needs pip install 'spgc\[train\]'", listed)
    assert re.search(r"density .* loads", run("ct", folder, "systems").stdout)


@READING
def test_as_a_module_too(folder: Path) -> None:
    """`python -m spgc` where an import that no list foresees fails."""
    code = (
        "import sys, runpy; from tests.without_extras import hide; hide({'nibabel'});"
        "sys.argv = ['spgc', 'view', 'scan', '--out', 'a.png'];"
        "runpy.run_module('spgc', run_name='__main__')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert (
        ran.stderr == "error: package not installed: found nibabel. "
        "Do: pip install 'spgc[ct,report]'\n"
    )
