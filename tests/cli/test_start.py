"""The command starts light: help and scoring load neither torch nor the libraries of CT."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from spgc import __version__
from spgc.cli.app import PANELS, app
from spgc.cli.help_text import flowing
from spgc.cli.lazy_commands import whole_group
from spgc.data.manifests import read_manifests
from tests.cli.conftest import Spgc

HEAVY = ("torch", "torchvision", "xgboost", "skimage", "pydicom", "zarr", "matplotlib", "sklearn")


def loaded_after(code: str, *modules: str) -> list[str]:
    """Which of `modules` a fresh interpreter has loaded after `code`."""
    script = f"{code}\nimport sys\nprint([m for m in {modules!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return list(eval(done.stdout.splitlines()[-1]))  # noqa: S307  our own list


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['spgc', '--help']\n"
        "from spgc.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert loaded_after(code, "numpy", "scipy", "pandas", *HEAVY) == []


@pytest.mark.parametrize("words", [["validate"], ["score"], ["leaderboard", "--add"]])
def test_scoring_never_loads_torch(words: list[str], tmp_path) -> None:
    path = tmp_path / "submission.csv"
    cases = [case for name in ("test1", "test2", "test3") for case in read_manifests().split(name)]
    path.write_text("Study,Label\n" + "".join(f"{c.case_id},normal\n" for c in cases))
    code = (
        f"import sys; sys.argv = ['spgc', *{words!r}, {str(path)!r}]\n"
        "from spgc.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code"
    )
    assert loaded_after(code, *HEAVY) == []


def test_version(spgc: Spgc) -> None:
    assert spgc("--version").out == f"spgc {__version__}\n"


def commands(group: TyperGroup, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command, but for groups that do nothing themselves."""
    for name, command in group.commands.items():
        if not isinstance(command, TyperGroup) or command.invoke_without_command:
            yield (*words, name)
        if isinstance(command, TyperGroup):
            yield from commands(command, (*words, name))


ROOT = whole_group(app)
COMMANDS = sorted(commands(ROOT))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_worked_examples(words: tuple[str, ...], spgc: Spgc) -> None:
    ran = spgc(*words, "--help")
    assert ran.code == 0
    assert "Examples" in ran.out
    assert f"   spgc {' '.join(words)}" in ran.out


def test_the_list_says_what_the_commands_say() -> None:
    """`spgc --help` imports no command: it shows the first paragraph of each one's own help."""
    listed = {name: line for lines in PANELS.values() for name, line in lines.items()}
    own = {name: (c.help or "").split("\n\n")[0] for name, c in ROOT.commands.items()}
    assert listed == own


def test_help_flows_with_the_terminal(spgc: Spgc, monkeypatch: pytest.MonkeyPatch) -> None:
    """A docstring's own line breaks would leave rags at 80 columns; examples keep theirs."""
    monkeypatch.setenv("COLUMNS", "80")
    out = spgc("leaderboard", "audit", "--help").out
    text = out[out.index("Finds rates") : out.index("Examples")].strip().splitlines()
    assert all(len(line.rstrip()) > 60 for line in text[:-1]), text
    assert flowing("One\nline.\n\nTwo\nlines.\n\n  spgc a\n  spgc b") == (
        "One line.\n\nTwo lines.\n\n  spgc a\n  spgc b"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["score"], "no submission named: expected at least one file"),
        (["predict", "--batch-size", "0"], "Invalid value for '--batch-size'"),
    ],
)
def test_wrong_usage_is_exit_2(words: list[str], said: str, spgc: Spgc) -> None:
    ran = spgc(*words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_stop_says_that_work_is_kept(
    spgc: Spgc, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("spgc.cli.phantom_command.write_cohort", stop)
    ran = spgc("phantom", tmp_path / "p")
    assert ran.code == 130
    assert "run the same command to resume" in ran.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [["data", "info"], ["data", "info", "--json"], ["--help"]])
def test_a_full_disk_below_the_output_is_one_line(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "spgc", *words], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ran.returncode == 1
    assert ran.stderr == "error: can't write the output: found No space left on device\n"
