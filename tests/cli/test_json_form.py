"""Every `--json` document is an object with `schema`, `command` and `version` in front."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

import spgc.cli
from spgc.version import __version__
from tests.cli.conftest import Spgc

LABELS = "Study,Label\nP1,cap\nP2,covid-19\nP3,normal\n"
TRUTH = ("--truth", "labels.csv")

DOCUMENTS = {
    "validate a.csv": "spgc-validate/1",
    "score a.csv": "spgc-score/2",
    "compare a.csv b.csv": "spgc-compare/2",
    "leaderboard a.csv b.csv": "spgc-leaderboard/1",
}
"""Commands that take `--truth`, with the schemas of their documents."""

ON_THE_CHALLENGE = {
    "compare TheSaviours": "spgc-bounds/2",
    "agreement": "spgc-agreement/2",
    "leaderboard": "spgc-leaderboard/1",
    "leaderboard audit": "spgc-audit/2",
    "leaderboard --check-entry test2.csv": "spgc-entry/2",
    "data info test1": "spgc-data-info/1",
    "example --split test2": "spgc-example/1",
    "challenge budget --split test1 --submissions 5": "spgc-budget/1",
    "systems": "spgc-systems/1",
    "cite": "spgc-cite/1",
}

OLD_WORDS = {"split", "splits", "set_name", "set_names"}
"""What `set` and `sets` were called."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("labels.csv", "a.csv"):
        Path(name).write_text(LABELS)
    Path("b.csv").write_text(LABELS.replace("P2,covid-19", "P2,cap"))


def check(text: str, schema: str, command: str) -> None:
    document = json.loads(text)
    assert list(document)[:3] == ["schema", "command", "version"]
    assert [document[name] for name in ("schema", "command", "version")] == [
        schema,
        command,
        __version__,
    ]
    signature = document.get("signature")
    if isinstance(signature, dict):  # its parts are called as in its one-line form
        signature.pop("splits")
    assert not OLD_WORDS & set(re.findall(r'"(\w+)":', json.dumps(document)))


@pytest.mark.parametrize("line", DOCUMENTS)
def test_documents_on_own_truth(line: str, spgc: Spgc) -> None:
    ran = spgc(*line.split(), *TRUTH, "--json")
    assert ran.code == 0, ran.err
    check(ran.out, DOCUMENTS[line], line.split()[0])


@pytest.mark.parametrize("line", ON_THE_CHALLENGE)
def test_documents_on_the_challenge(line: str, spgc: Spgc) -> None:
    spgc("example", "--split", "test2", "--out", "test2.csv")
    ran = spgc(*line.split(), "--json")
    assert ran.code == 0, ran.err
    words = line.split()
    command = " ".join(words[: 2 if words[0] in ("data", "challenge") or "audit" in words else 1])
    if "data info" in line:  # whose examples are rows of manifests, with the manifests' columns
        document = json.loads(ran.out)
        assert {row.pop("split") for one in document["sets"] for row in one["examples"]}
        assert all(one["columns"].pop("split") for one in document["sets"])
        ran_out = json.dumps(document)
    else:
        ran_out = ran.out
    check(ran_out, ON_THE_CHALLENGE[line], command)


def test_an_error_is_such_a_document(spgc: Spgc) -> None:
    ran = spgc("score", "none.csv", "--json")
    assert ran.code == 1
    check(ran.out, "spgc-error/1", "score")
    assert json.loads(ran.out)["error"] == "SubmissionError"


def test_a_folder_is_checked_and_indexed(spgc: Spgc) -> None:
    pytest.importorskip("zarr")
    scan = Path("scans/CAP/one")
    scan.mkdir(parents=True)
    (scan / "1.dcm").write_bytes(b"\0" * 128 + b"DICM")
    ran = spgc("data", "index", "scans", "--json")
    check(ran.out, "spgc-data-index/1", "data index")
    (made,) = json.loads(ran.out)["files"]
    assert (made["set"], made["cases"]) == ("own", 1)
    ran = spgc("data", "check", "scans", "--json")
    check(ran.out, "spgc-data-check/1", "data check")
    ran = spgc("preprocess", "--data", "scans", "--json")
    check(ran.out, "spgc-preprocess/1", "preprocess")
    ran = spgc("store", "check", "--json")
    check(ran.out, "spgc-store/1", "store check")


NAMED_ELSEWHERE = {
    "made.as_dict()",
    "result.as_dict()",
    "result.as_dict(cases=cases)",
    "entry.as_dict()",
    "verdict.as_dict()",
    "views_document(views)",
    "prediction_document(done)",
    "training_document(done, model)",
    "done.as_dict()",
    "explained_document(done)",
    "report.as_dict()",
    "store_document(report, removed)",
    "system_document(name, kind)",
    "systems_document(found)",
    "update_document(old, new, path)",
    "challenge_document(made, folder)",
    "boards.as_dict()",
    "bounds_document(bounds, marks)",
}
"""Documents whose schema is named where they are made."""


def test_each_document_names_its_schema() -> None:
    """Those of commands that take too long for the tests above as well."""
    printed = {
        ast.unparse(node.args[0])
        for path in Path(spgc.cli.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "console.show_json"
    }
    assert len(printed) > 20
    assert {one for one in printed if not one.startswith("{'schema': 'spgc-")} == NAMED_ELSEWHERE


def test_json_is_printed_in_one_place() -> None:
    """No command writes JSON itself, so no document can lack the three."""
    folder = Path(spgc.cli.__file__).parent
    found = {
        path.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "sys.stdout.write"
    }
    assert found == {"console.py"}
    foreign = {
        path.name
        for path in folder.glob("*.py")
        if path.name != "console.py" and "show_foreign_json" in path.read_text("utf-8")
    }
    assert {name.partition("_")[0].partition(".")[0] for name in foreign} == {"data", "score"}
