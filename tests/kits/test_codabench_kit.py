"""The bundle for Codabench: what its YAML says, what its command writes, what its check finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from spgc.errors import DataError
from spgc.kits.check_kit import BROKEN
from spgc.kits.codabench_faults import codabench_faults
from spgc.kits.codabench_kit import CODABENCH
from spgc.kits.kit_files import KitFile, archive, every_file, write_kit
from spgc.kits.kit_material import KitMaterial, read_material
from spgc.kits.make_kit import kit_of
from spgc.kits.run_program import laid_out
from spgc.kits.written_kit import WrittenKit
from spgc.submissions.write import submission_text
from spgc.text.yaml_reading import read_yaml
from tests.challenge.flowers import flowers
from tests.kits.conftest import dated_flowers, kit, with_lines, written
from tests.kits.pythons import pythons
from tests.kits.true_paths import run_in


def document_of(material: KitMaterial) -> dict[str, object]:
    files = dict(every_file(kit(CODABENCH, material).files))
    text = files["bundle.zip!/competition.yaml"].data.decode()
    document: dict[str, object] = yaml.safe_load(text)
    assert read_yaml(text) == document
    return document


def test_dates_limits_and_phases_are_those_of_the_challenge(material: KitMaterial) -> None:
    document = document_of(material)
    during, final = document["phases"]  # type: ignore[misc]
    assert (during["start"], during["end"]) == ("2030-01-01 00:00:00", "2030-02-01 23:59:59")
    assert during["max_submissions"] == 10
    assert final["start"] > during["end"]
    assert final["auto_migrate_to_this_phase"] is True
    assert "auto_migrate_to_this_phase" not in during
    assert document["title"] == "Flowers"


def test_without_dates_there_is_no_bundle(tmp_path: Path) -> None:
    flowers(tmp_path)
    with pytest.raises(DataError, match="Codabench needs the dates"):
        kit_of(CODABENCH, read_material(tmp_path))


def test_where_nothing_is_shown_the_board_is_in_no_order(material: KitMaterial) -> None:
    """Ten submissions of the Ladder's challenge give too much away by counts."""
    columns = document_of(material)["leaderboards"][0]["columns"]  # type: ignore[index]
    assert columns[0]["key"] == "answered"


@pytest.mark.parametrize(
    ("limit", "first"), [("submissions = 10", "answered"), ("submissions = 1", "score")]
)
def test_in_place_of_the_ladder_few_submissions_see_counts(
    limit: str, first: str, tmp_path: Path
) -> None:
    folder = dated_flowers(tmp_path / "flowers")
    with_lines(folder, "submissions = 10", limit)
    material = read_material(folder)
    document = document_of(material)
    assert document["leaderboards"][0]["columns"][0]["key"] == first  # type: ignore[index]
    shown = "feedback hits" if first == "score" else "no score is shown before the end"
    assert shown in kit(CODABENCH, material).disclosure[0]


def runs(made: WrittenKit, phase: str, data: bytes, place: Path) -> dict[str, float]:
    """The scores of a submission in a phase."""
    python = next(iter(pythons().values()))
    folders = {name: place / name for name in ("program", "input", "output")}
    laid_out(made, f"bundle.zip!/scoring_{phase}.zip", folders["program"])
    laid_out(made, "bundle.zip!/reference_data.zip", folders["input"] / "ref")
    (folders["input"] / "res" / "__MACOSX").mkdir(parents=True)
    (folders["input"] / "res" / "__MACOSX" / "._mine.csv").write_bytes(b"\x00")
    (folders["input"] / "res" / "mine.csv").write_bytes(data)
    folders["output"].mkdir()
    command = yaml.safe_load((folders["program"] / "metadata.yaml").read_text())["command"]
    (scratch := place / "tools").mkdir()
    bound = {f"/app/{name}": folder for name, folder in folders.items()}
    done = run_in("/app/program", command, bound, python, scratch)
    if done.returncode:
        return {"code": done.returncode, "last": done.stderr.splitlines()[-1]}  # type: ignore[dict-item]
    scores: dict[str, float] = json.loads((folders["output"] / "scores.json").read_text())
    return scores


@pytest.mark.parametrize(("phase", "sets"), [("during", {"garden"}), ("final", None)])
def test_the_command_runs_where_the_worker_binds_its_folders(
    phase: str, sets: set[str] | None, open_material: KitMaterial, tmp_path: Path
) -> None:
    """In `/app`, under the oldest Python that is here, as `metadata.yaml` says it."""
    made = written(CODABENCH, open_material, tmp_path / "kit")
    right = {case.case_id: case.label or "" for case in open_material.truth}
    first = next(case.case_id for case in open_material.truth if case.split == "garden")
    names = open_material.challenge.names
    right[first] = names[names.index(right[first]) - 1]
    text = submission_text(right, manifest=open_material.cases).encode()
    (tmp_path / "run").mkdir()
    scores = runs(made, phase, text, tmp_path / "run")
    cases = [c for c in open_material.truth if sets is None or c.split in sets]
    assert scores["right"] == len(cases) - 1
    assert scores["answered"] == 50
    assert scores["score"] < 1
    keys = {column["key"] for column in document_of(open_material)["leaderboards"][0]["columns"]}  # type: ignore[index]
    assert set(scores) == keys


def test_a_refused_file_fails_with_its_reason(material: KitMaterial, tmp_path: Path) -> None:
    made = written(CODABENCH, material, tmp_path / "kit")
    (tmp_path / "run").mkdir()
    ended = runs(made, "during", BROKEN, tmp_path / "run")
    assert ended["code"] == 1
    assert "no row names a known case" in str(ended["last"])


def test_while_nothing_is_shown_nothing_is_written(material: KitMaterial, tmp_path: Path) -> None:
    made = written(CODABENCH, material, tmp_path / "kit")
    (tmp_path / "run").mkdir()
    assert runs(made, "during", material.example.encode(), tmp_path / "run") == {"answered": 50.0}


CHANGES = {
    "version is not 2": ("version: 2", "version: 1"),
    "touches Submissions": ('start: "2030-02-02 00:05:00"', 'start: "2030-02-01 23:59:59"'),
    "longer than 36 letters": ('key: "right"', f'key: "{"r" * 37}"'),
    "lacks leaderboards": ("leaderboards:", "leaderboard:"),
    "without quotes": ('end: "2030-02-01 23:59:59"', "end: 2030-02-01 23:59:59"),
    "is hidden": ("hidden: false", "hidden: true"),
    "pages/none.md is not in": ('file: "pages/overview.md"', "file: pages/none.md"),
    "has a task that there is not": ("- 1\n", "- 7\n"),
    "submission_rule is none of": ('"Force_Last"', '"Force_First"'),
    "has no max_submissions,": ("max_submissions: 10", "max_submissions: 0"),
    "can't be checked": ("version: 2", "version: [2"),
}


@pytest.mark.parametrize("said", CHANGES)
def test_what_codabench_would_not_take_is_found(
    said: str, material: KitMaterial, tmp_path: Path
) -> None:
    old, new = CHANGES[said]
    files = kit(CODABENCH, material).files
    bundle = next(one for one in files if one.name == "bundle.zip")
    assert not isinstance(bundle.content, bytes)
    changed = [_changed(one, old, new) for one in bundle.content]
    assert changed != list(bundle.content)
    write_kit(tmp_path / "kit", [archive("bundle.zip", changed)])
    found = list(codabench_faults(WrittenKit(tmp_path / "kit", "codabench", ())))
    assert any(said in fault for fault in found), found


def _changed(one: KitFile, old: str, new: str) -> KitFile:
    if one.name != "competition.yaml":
        return one
    return KitFile(one.name, one.data.replace(old.encode(), new.encode()), one.audience)
