"""Without an extra every command works or names what to install, in one line, with exit code 1."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from spgc.cli.app import NEEDS, PANELS
from spgc.jobs.extras import has
from tests.cli.conftest import Ran

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


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("core")


@pytest.fixture(scope="module")
def run(place: Path) -> Iterator[Run]:
    """`run("ct", "predict")` is `spgc predict` with these extras alone, in a process of its own."""
    with ExitStack() as open_ones:
        started: dict[str, subprocess.Popen[str]] = {}

        def run(present: str, *words: str) -> Ran:
            if present not in started:
                started[present] = open_ones.enter_context(_start(present, place))
            filled = [word.format(s=place / "s.csv", m=place / "model") for word in words]
            process = started[present]
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(filled) + "\n")
            process.stdin.flush()
            return Ran(*json.loads(process.stdout.readline()))

        yield run


def _start(present: str, place: Path) -> subprocess.Popen[str]:
    """The process that those of the commands branch off from; it ends with its stdin."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.without_extras import main"
    return subprocess.Popen(
        [sys.executable, "-c", f"{code}; main()", present],
        cwd=place,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def folder(place: Path, run: Run) -> Path:
    """An example submission, and the head of a model of CNR-IEMN."""
    example = run("", "example")
    assert example.code == 0, example.err
    (place / "s.csv").write_text(example.out)
    return place


def test_every_command_is_tried() -> None:
    commands = {name for panel in PANELS.values() for name in panel}
    assert set(CORE) | set(NEEDS) == commands
    assert set(NEEDS) <= set(LACKING)


@pytest.mark.parametrize("command", CORE)
def test_the_core_does_what_needs_no_scan(command: str, folder: Path, run: Run) -> None:
    ran = run("", command, *CORE[command])
    assert ran.code == 0, ran.err
    assert ran.out.strip()


@pytest.mark.parametrize(
    ("present", "command", "words", "extras"),
    [("", name, words, extras) for name, (words, extras) in LACKING.items()]
    + [
        pytest.param("ct", name, words, extras, marks=READING)
        for name, (words, extras) in BEYOND_CT.items()
    ],
)
def test_what_is_missing_is_one_line(
    present: str, command: str, words: tuple[str, ...], extras: str, folder: Path, run: Run
) -> None:
    model = folder / "model"
    model.mkdir(exist_ok=True)
    (model / "model.json").write_text('{"format": 1, "system": "cnr-iemn"}')
    ran = run(present, command, *words)
    line = rf"error: package not installed: found \w+\. Do: pip install 'spgc\[{extras}\]'\n"
    assert re.fullmatch(line, ran.err), ran.err
    assert ran.code == 1
    assert ran.out == ""
    assert not (folder / "out").exists()


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("systems", "--json")])
def test_the_core_introduces_itself(words: tuple[str, ...], run: Run) -> None:
    ran = run("", *words)
    assert ran.code == 0, ran.err
    assert ran.out


@READING
def test_the_list_of_systems_says_what_each_needs(run: Run) -> None:
    listed = run("", "systems").out
    assert re.search(r"cnr-iemn .* not installed +needs pip install 'spgc\[train\]'", listed)
    assert re.search(r"density .* loads", run("ct", "systems").out)


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
