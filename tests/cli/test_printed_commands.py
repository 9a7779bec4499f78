"""Commands of README, docs and help run as printed, on files of the names that they use."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from spgc.data.manifests import Manifest
from spgc.files.shipped import leaderboard_dir
from spgc.jobs.extras import has
from spgc.organising.new_challenge import NewChallenge, init
from tests.cli.conftest import Spgc
from tests.test_documents import DOCUMENTS, ROOT, ROOT_COMMAND, commands, helps

RUN = {"example", "cite", "validate", "score", "compare", "agreement", "leaderboard", "report"}
"""Commands that need no scan: they take seconds at most."""

FAILS = {("leaderboard", "audit", "my-rows/", "--strict", "--json")}
"""Examples whose point is exit code 1: the published rows do contradict each other."""

OTHERS_FILES = r"\b(FILE|ROOT|NAME|DIR|other-board|phantoms|a\.csv|report run)\b|~|--model|demo/"
"""Words of examples that stand for something a reader has, such as a model."""

MENTIONED = r"compare|report|score|validate|example --out|leaderboard --truth|.* leaderboard"
"""Commands that a sentence names, without what they need to run."""


def printed() -> Iterator[tuple[str, ...]]:
    """Each command of the documents and of the help that needs no scan."""
    pages = [path for path in DOCUMENTS if path.name != "class.md"]  # runs as a whole elsewhere
    texts = [path.read_text(encoding="utf-8") for path in pages]
    for text in [*texts, *helps(ROOT_COMMAND)]:
        for words in commands(text):
            line = " ".join(words)
            data = words[:2] in (["data", "info"], ["data", "croissant"])
            named = re.search(OTHERS_FILES, line) or re.fullmatch(MENTIONED, line)
            if (words[0] in RUN or data) and not named:
                yield tuple(words)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Path:
    """A folder with the files that examples name."""
    folder = tmp_path_factory.mktemp("files")
    answers = leaderboard_dir() / "answers"
    for split in ("test1", "test2", "test3"):
        shutil.copy(answers / "thesaviours" / f"{split}.csv", folder / f"{split}.csv")
    ranked = [
        (answers / "thesaviours" / f"{n}.csv").read_text() for n in ("test1", "test2", "test3")
    ]
    head = ranked[0].splitlines()[0]
    rows = [row for text in ranked for row in text.splitlines()[1:]]
    write(folder / "submission.csv", [head, *rows])
    write(folder / "half-done.csv", [head, *rows[:70]])
    columns = [i for i, name in enumerate(head.split(",")) if name != "Label"]
    cells = [[row.split(",")[i] for i in columns] for row in [head, *rows]]
    write(folder / "probabilities.csv", [",".join(row) for row in cells])
    for name, system in (("before", "covnet"), ("after", "covid-vr")):
        parts = [(answers / system / f"test{n}.csv").read_text().splitlines() for n in (1, 2, 3)]
        write(folder / f"{name}.csv", [parts[0][0], *(row for part in parts for row in part[1:])])
    shutil.copy(answers / "covid-vr" / "val.csv", folder / "val.csv")
    cases = [case for n in (1, 2, 3) for case in manifest.split(f"test{n}")]
    write(folder / "labels.csv", ["Study,Label", *(f"{c.case_id},{c.label}" for c in cases)])
    init(folder / "flowers", NewChallenge(folder / "labels.csv", "Flowers"))
    for name in ("challenge.toml", "cases.csv"):
        shutil.copy(folder / "flowers" / "public" / name, folder)
    (folder / "submissions").mkdir()
    shutil.copy(folder / "before.csv", folder / "submissions" / "ada.csv")
    shutil.copy(folder / "after.csv", folder / "submissions" / "ben.csv")
    shutil.copytree(leaderboard_dir() / "challenge", folder / "my-rows" / "challenge")
    (folder / "results").mkdir()
    shutil.copy(folder / "submission.csv", folder / "results" / "submission.csv")
    return folder


def write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("words", sorted(set(printed())), ids=" ".join)
def test_a_printed_command_runs(
    words: tuple[str, ...],
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spgc: Spgc,
) -> None:
    if "--picture" in words and not has("report"):
        pytest.skip("pictures need spgc[report]")
    here = tmp_path / "here"
    shutil.copytree(files, here)
    monkeypatch.chdir(here)
    given = [inner for word in words for inner in (sorted_files(word) if "*" in word else [word])]
    if "-o" in words and "submission.csv" in words:
        (here / "submission.csv").unlink()  # the example writes it
    ran = spgc(*given)
    assert ran.code == (1 if words in FAILS else 0), ran.err


def sorted_files(pattern: str) -> list[str]:
    """What a shell makes of `submissions/*.csv`."""
    return sorted(map(str, Path().glob(pattern)))


def test_many_commands_are_run() -> None:
    assert len(set(printed())) > 50


def test_the_first_screen_of_the_readme_is_what_the_command_prints(spgc: Spgc) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text[text.index("```console\n$ ") :].split("```")[1]
    command, shown = block.removeprefix("console\n$ spgc ").split("\n", 1)
    ran = spgc(*command.split())
    lines = [line.rstrip() for line in ran.out.splitlines()]
    wanted = shown.split("\n...")[0].splitlines()
    assert lines[: len(wanted)] == wanted


@pytest.mark.skipif(not (has("ct") and has("report")), reason="needs spgc[ct,report]")
def test_the_page_for_scans_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spgc: Spgc
) -> None:
    """`docs/start/scans.md` from its first command to its last, on the phantoms that it offers."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "start" / "scans.md").read_text(encoding="utf-8")
    assert spgc("phantom", "scans", "--size", "tiny").code == 0
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    ran = [words for block in blocks for words in commands(block)]
    assert [words[0] for words in ran] == ["data", "preprocess", "view", "data", "train", "predict"]
    for words in ran:
        if words[:2] != ["data", "index"]:  # phantoms have their manifests
            done = spgc(*words)
            assert done.code == 0, done.err
    assert (tmp_path / "view.png").exists()
    assert (tmp_path / "results" / "submission.csv").exists()
