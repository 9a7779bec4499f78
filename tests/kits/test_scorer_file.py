"""The scorer of a kit is one file for Python 3.7 and later, and says what spgc says."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from spgc.data.manifests import Manifest
from spgc.kits.scorer_file import scorer_text, truth_text
from tests.kits.pythons import pythons
from tests.kits.same_scores import compare, small_spgc


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return small_spgc()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> Path:
    """A scorer and its truth."""
    made = tmp_path_factory.mktemp("scorer")
    (made / "scorer.py").write_text(scorer_text(manifest.challenge, manifest), "utf-8")
    (made / "truth.csv").write_text(truth_text(manifest.challenge, manifest), "utf-8")
    return made


def answers(manifest: Manifest) -> str:
    rows = [f"{case.case_id},cap" for case in manifest if case.split != "test4"]
    return "\n".join(["Study,Label", *rows]) + "\n"


def scored(
    folder: Path, *words: str, python: Path | None = None
) -> subprocess.CompletedProcess[str]:
    command = [str(python or sys.executable), "-I", str(folder / "scorer.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_every_python_of_the_machine_says_what_spgc_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A short round; `python -m tests.kits.same_scores --files 1000` is the whole one."""
    totals = compare(tmp_path, files=120, seed=7)
    with capsys.disabled():
        print(f"\nscorer run with Python {', '.join(totals)}")
    assert totals
    for files, accepted, unlike in totals.values():
        assert unlike == []
        assert files == 120
        assert 15 < accepted < 105


def test_the_oldest_python_reads_it(folder: Path) -> None:
    text = (folder / "scorer.py").read_text("utf-8")
    ast.parse(text, feature_version=(3, 7))
    assert not re.search(r"^\s*(from|import) (spgc|numpy)", text, re.MULTILINE)


def test_it_needs_nothing_but_the_standard_library(folder: Path) -> None:
    tree = ast.parse((folder / "scorer.py").read_text("utf-8"))
    named = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert named <= sys.stdlib_module_names


def test_a_score_is_json_and_a_refusal_the_last_line(
    folder: Path, manifest: Manifest, tmp_path: Path
) -> None:
    good, broken = tmp_path / "good.csv", tmp_path / "broken.csv"
    good.write_text(answers(manifest))
    broken.write_text(answers(manifest).replace("cap", "sure\u00e9", 1), "utf-8")
    truth = str(folder / "truth.csv")
    for python in pythons().values():
        done = scored(folder, str(good), "--truth", truth, python=python)
        assert done.returncode == 0
        assert '"score": 0.333' in done.stdout
        refused = scored(folder, str(broken), "--truth", truth, python=python)
        assert (refused.returncode, refused.stdout) == (1, "")
        last = refused.stderr.splitlines()[-1]
        assert last.startswith("unknown label")
        assert last.isascii()


def test_without_truth_it_only_checks(folder: Path, manifest: Manifest, tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text(answers(manifest))
    done = scored(folder, str(good))
    assert (done.returncode, done.stderr) == (0, "")
    assert '"ok": true' in done.stdout


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("covid-19", "cap", 1) + "T9-001,cap\n",
        lambda text: "\n".join(text.splitlines()[:-1]),
        lambda text: text.replace("case,label", "case,class"),
        lambda text: text.replace("cap", "", 1),
        lambda text: text.replace("cap", "caps", 1),
        lambda text: "",
    ],
)
def test_a_damaged_truth_ends_with_code_3_and_quotes_nothing(
    folder: Path, manifest: Manifest, tmp_path: Path, damage: object
) -> None:
    good, truth = tmp_path / "good.csv", tmp_path / "truth.csv"
    good.write_text(answers(manifest))
    truth.write_text(damage((folder / "truth.csv").read_text()))  # type: ignore[operator]
    done = scored(folder, str(good), "--truth", str(truth))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("the truth ")
    assert not any(word in done.stderr for word in ("cap", "covid", "normal", "T1-"))


def test_it_holds_no_label_and_no_count_of_one(folder: Path, manifest: Manifest) -> None:
    """The same for another truth of the same cases, so that nothing in it depends on labels."""
    names = manifest.challenge.names
    turned = Manifest(
        {c.case_id: type(c)(c.case_id, names[0], c.split, c.source, c.certainty) for c in manifest}
    )
    assert scorer_text(manifest.challenge, turned) == (folder / "scorer.py").read_text("utf-8")


def test_a_folder_has_to_hold_one_csv(folder: Path, manifest: Manifest, tmp_path: Path) -> None:
    inside = tmp_path / "res"
    (inside / "__MACOSX").mkdir(parents=True)
    (inside / "__MACOSX" / "._good.csv").write_text("x")
    (inside / "good.csv").write_text(answers(manifest))
    assert scored(folder, str(inside)).returncode == 0
    (inside / "second.csv").write_text(answers(manifest))
    both = scored(folder, str(inside))
    assert both.returncode == 1
    assert both.stderr.splitlines()[-1] == "the submission holds 2 CSV files: expected one"


@pytest.mark.parametrize("way", ["file", "folder"])
def test_a_submission_that_is_a_link_is_refused(
    folder: Path, manifest: Manifest, tmp_path: Path, way: str
) -> None:
    """Repositories may hold links: one to the truth would be a submission without a mistake."""
    sent = tmp_path / "autograder" / "submission"
    sent.mkdir(parents=True)
    truth = folder / "truth.csv"
    if way == "file":
        (sent / "answers.csv").symlink_to(truth)
    else:
        (sent / "mine").symlink_to(folder)
    for python in pythons().values():
        done = scored(folder, str(sent), "--truth", str(truth), python=python)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("the submission ")
    (tmp_path / "kept.csv").write_text(answers(manifest))
    (tmp_path / "named.csv").symlink_to(tmp_path / "kept.csv")
    done = scored(folder, str(tmp_path / "named.csv"), "--truth", str(truth))
    assert done.returncode == 0  # where the platform itself names a link
