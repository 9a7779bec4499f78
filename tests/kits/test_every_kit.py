"""What holds of the kit of every platform: public parts without labels, finite scores, refusals."""

from __future__ import annotations

import json
import math
import random
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from spgc.data.manifests import Manifest
from spgc.errors import DataError, UsageError
from spgc.kits.check_kit import BROKEN, KitCheck, check_kit
from spgc.kits.kit_files import every_file
from spgc.kits.kit_kinds import KITS
from spgc.kits.kit_material import KitMaterial, read_material
from spgc.kits.make_kit import kit_of, make_kit
from spgc.kits.platform_kit import PlatformKit
from spgc.organising.label_scan import labels_told
from spgc.submissions.write import submission_text
from tests.cli.conftest import Spgc
from tests.kits.conftest import dated_flowers, kit, with_lines, written

EVERY = pytest.mark.parametrize("platform", KITS.values(), ids=list(KITS))
BOTH = pytest.mark.parametrize("given", ["material", "open_material"])


def files_of(platform: PlatformKit, material: KitMaterial) -> dict[str, tuple[str, bytes]]:
    """Audience and content of every file, those inside archives included."""
    made = kit(platform, material)
    return {name: (one.audience, one.data) for name, one in every_file(made.files)}


@EVERY
@BOTH
def test_no_public_part_tells_a_label(
    platform: PlatformKit, given: str, request: pytest.FixtureRequest
) -> None:
    material: KitMaterial = request.getfixturevalue(given)
    files = files_of(platform, material)
    told = {
        name: labels_told(data, material.truth)
        for name, (audience, data) in files.items()
        if audience == "public"
    }
    assert len(told) >= 5
    assert {name: how for name, how in told.items() if how} == {}
    assert any(labels_told(d, material.truth) for a, d in files.values() if a == "private")


@EVERY
def test_no_public_part_depends_on_the_truth(platform: PlatformKit, material: KitMaterial) -> None:
    """The same bytes for other labels of the same cases, with as many of each class."""
    cases = list(material.truth)
    labels = [case.label for case in cases if case.split == "garden"]
    random.Random(3).shuffle(labels)  # noqa: S311 - no secret
    rest = [case.label for case in cases if case.split != "garden"]
    turned = {
        case.case_id: replace(case, label=label)
        for case, label in zip(cases, [*labels, *reversed(rest)], strict=True)
    }
    other = replace(material, truth=replace(material.truth, cases=turned))
    ours, theirs = files_of(platform, material), files_of(platform, other)
    public = {name for name, (audience, _) in ours.items() if audience == "public"}
    assert {name for name in public if ours[name] != theirs[name]} == set()
    assert ours["private/truth.csv"] != theirs["private/truth.csv"]


DAYS = {"material": date(2030, 2, 2), "open_material": date(2030, 2, 1)}
"""When the kits are checked: a day after the challenge's last one, and on it."""

Checked = Callable[[PlatformKit, str], KitCheck]


@pytest.fixture(scope="module")
def checked(
    material: KitMaterial, open_material: KitMaterial, tmp_path_factory: pytest.TempPathFactory
) -> Checked:
    """The check of a kit of one of the materials, which is run once."""
    given = {"material": material, "open_material": open_material}
    made: dict[tuple[str, str], KitCheck] = {}

    def check(platform: PlatformKit, name: str) -> KitCheck:
        key = (platform.name, name)
        if key not in made:
            folder = tmp_path_factory.mktemp("checked") / "kit"
            written(platform, given[name], folder)
            made[key] = check_kit(folder, DAYS[name])
        return made[key]

    return check


@EVERY
@BOTH
def test_what_is_made_passes_its_check(
    platform: PlatformKit, given: str, request: pytest.FixtureRequest, checked: Checked
) -> None:
    made = checked(platform, given)
    assert [one.what for one in made.findings if one.weight == "wrong"] == []
    told = [one.what for one in made.findings]
    assert set(kit(platform, request.getfixturevalue(given)).disclosure) <= set(told)


@EVERY
def test_a_perfect_and_a_wrong_submission_have_finite_scores(
    platform: PlatformKit, open_material: KitMaterial, tmp_path: Path
) -> None:
    made = written(platform, open_material, tmp_path / "kit")
    right = {case.case_id: case.label or "" for case in open_material.truth}
    names = open_material.challenge.names
    wrong = {case: names[names.index(label) - 1] for case, label in right.items()}
    scores = []
    for number, answers in enumerate((right, wrong)):
        place = tmp_path / str(number)
        place.mkdir()
        text = submission_text(answers, manifest=open_material.cases)
        done = platform.trial(made, text.encode(), place)
        if done.skipped:
            pytest.skip(done.skipped)
        assert done.reason is None
        assert done.score is not None
        assert math.isfinite(done.score)
        scores.append(done.score)
    assert scores[0] > 0
    assert scores[1] == 0


@EVERY
def test_a_refusal_says_the_same_whatever_the_labels(
    platform: PlatformKit, material: KitMaterial, tmp_path: Path
) -> None:
    first = material.challenge.names[0]
    turned = {case.case_id: replace(case, label=first) for case in material.truth}
    other = replace(material, truth=replace(material.truth, cases=turned))
    reasons = []
    for number, one in enumerate((material, other)):
        made = written(platform, one, tmp_path / f"kit{number}")
        place = tmp_path / str(number)
        place.mkdir()
        done = platform.trial(made, BROKEN, place)
        if done.skipped:
            pytest.skip(done.skipped)
        reasons.append(done.reason)
    assert reasons[0]
    assert "no row names a known case" in reasons[0]
    assert reasons[0] == reasons[1]


@EVERY
def test_nothing_is_written_over(platform: PlatformKit, challenge: Path, tmp_path: Path) -> None:
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="a kit needs a folder of its own"):
        make_kit(platform, challenge, tmp_path / "kit")
    assert [path.name for path in tmp_path.rglob("*")] == ["kit", "mine.txt"]


@EVERY
def test_a_challenge_without_truth_makes_no_kit(platform: PlatformKit, tmp_path: Path) -> None:
    folder = dated_flowers(tmp_path / "flowers")
    (folder / "private" / "truth.csv").unlink()
    with pytest.raises(DataError, match="no truth"):
        make_kit(platform, folder, tmp_path / "kit")
    assert not (tmp_path / "kit").exists()


@EVERY
def test_a_label_in_a_public_part_is_found(
    platform: PlatformKit, material: KitMaterial, tmp_path: Path
) -> None:
    written(platform, material, tmp_path / "kit")
    answers = "\n".join(f"{case.label}" for case in material.truth)
    (tmp_path / "kit" / "public" / "notes.txt").write_text(answers)
    wrong = [one.what for one in check_kit(tmp_path / "kit").findings if one.weight == "wrong"]
    assert wrong == [
        "public/notes.txt, which participants see, holds classes in the order of the cases"
    ]


@EVERY
def test_a_missing_file_is_named(
    platform: PlatformKit, material: KitMaterial, tmp_path: Path
) -> None:
    written(platform, material, tmp_path / "kit")
    (tmp_path / "kit" / "public" / "example.csv").unlink()
    made = check_kit(tmp_path / "kit")
    assert not made.good
    assert "public/example.csv" in made.findings[0].what


@EVERY
def test_the_command_line_makes_and_checks_it(
    platform: PlatformKit, challenge: Path, tmp_path: Path, spgc: Spgc
) -> None:
    out = tmp_path / "kit"
    made = json.loads(spgc("kit", platform.name, challenge, "-o", out, "--json").out)
    assert made["command"] == f"kit {platform.name}"
    assert made["disclosure"]
    checked = spgc("kit", "check", out)
    assert checked.code == 0
    assert "can be uploaded" in checked.out
    assert "limits: " in checked.out


@EVERY
@BOTH
def test_the_budget_is_of_what_the_kit_shows(
    platform: PlatformKit, given: str, checked: Checked
) -> None:
    """The first one asks for the Ladder: nothing is shown where a platform can't do it here."""
    told = [one.what for one in checked(platform, given).findings]
    limits = next(what for what in told if what.startswith("limits: "))
    ladder = platform.name == "huggingface"
    shown = "feedback ladder" if ladder else "no score is shown before the end"
    assert ("feedback classes" if given == "open_material" else shown) in limits
    disclosed = any("disclosure: of 20 labels" in what for what in told)
    assert disclosed == (ladder or given == "open_material")


def test_correct_predictions_in_place_of_the_ladder_are_what_is_counted(tmp_path: Path) -> None:
    folder = dated_flowers(tmp_path / "flowers")
    with_lines(folder, "submissions = 10", "submissions = 1")
    make_kit(KITS["gradescope"], folder, tmp_path / "kit")
    told = [one.what for one in check_kit(tmp_path / "kit").findings]
    assert any("feedback hits on garden" in what for what in told)
    path = tmp_path / "kit" / "kit.json"
    document = json.loads(path.read_text())
    del document["shown"]  # as kits were before
    path.write_text(json.dumps(document))
    told = [one.what for one in check_kit(tmp_path / "kit").findings]
    assert any("feedback ladder on garden" in what for what in told)
    path.write_text(json.dumps({**document, "shown": "all"}))
    with pytest.raises(DataError, match="damaged"):
        check_kit(tmp_path / "kit")


@EVERY
@BOTH
def test_a_challenge_that_is_over_is_remarked_on(
    platform: PlatformKit, given: str, checked: Checked
) -> None:
    """From the day after its last one on; the kit may still be looked at."""
    findings = checked(platform, given).findings
    closed = [one.weight for one in findings if "closed on 2030-02-01" in one.what]
    assert closed == (["doubtful"] if DAYS[given] > date(2030, 2, 1) else [])


@EVERY
def test_what_ranks_at_the_end_is_said(platform: PlatformKit, checked: Checked) -> None:
    """To organisers in the guide and by the check, and to participants on their page."""
    made = checked(platform, "material")
    ranked = made.kit.challenge.ranked
    alone = platform.name in ("kaggle", "huggingface")
    said = next(one for one in made.findings if one.what.startswith("At the end"))
    assert said.weight == ("doubtful" if alone else "fact")
    assert said.what in made.kit.read("UPLOAD.md").decode()
    page = made.kit.read("public/README.md").decode()
    hidden = " and ".join(name for name in ranked if name != "garden")
    assert (f"Ranked by accuracy on {hidden} alone" in page) == alone
    assert (f" on {' and '.join(ranked)} together" in page) == (not alone)
    assert ("Of several submissions the one that you select counts" in page) == alone
    assert ("Of several submissions your last one counts" in page) == (not alone)


def test_the_material_keeps_the_public_order(challenge: Path, tmp_path: Path) -> None:
    """Whatever the order of the truth, which may be that of the classes."""
    folder = dated_flowers(tmp_path / "flowers")
    path = folder / "private" / "truth.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *sorted(rows, key=lambda row: row.split(",")[1])]) + "\n")
    assert isinstance(read_material(folder).truth, Manifest)
    assert list(read_material(folder).truth.cases) == list(read_material(challenge).truth.cases)


@EVERY
def test_what_is_not_for_participants_is_its_owners_alone(
    platform: PlatformKit, material: KitMaterial, tmp_path: Path
) -> None:
    """On a machine that participants use as well, and in a repository that they read."""
    folder = tmp_path / "kit"
    written(platform, material, folder)
    files = kit(platform, material).files
    hidden = {one.name for one in files if not (folder / one.name).stat().st_mode & 0o077}
    assert hidden == {one.name for one in files if one.audience == "private"}
    subprocess.run(["git", "init", "-q", folder], check=True)
    words = ["git", "-C", str(folder), "ls-files", "--others", "--exclude-standard"]
    seen = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    assert len(seen) == 5
    assert all(name.startswith("public/") for name in seen)


@pytest.mark.parametrize("shown", ["none", "hits"])
@pytest.mark.parametrize("name", ["codabench", "gradescope", "evalai"])
def test_the_page_says_which_submission_counts_there(
    name: str, shown: str, material: KitMaterial
) -> None:
    """Codabench knows no best one while no score is shown, and Gradescope never."""
    ranking = replace(material.challenge.ranking, counted="best")
    challenge = replace(material.challenge, ranking=ranking, feedback=shown)
    asked = replace(
        material, challenge=challenge, truth=replace(material.truth, challenge=challenge)
    )
    files = {one.name: one.data for one in kit_of(KITS[name], asked).files}
    last = name == "gradescope" or (name, shown) == ("codabench", "none")
    said = f"Of several submissions your {'last' if last else 'best'} one counts."
    assert said in files["public/README.md"].decode()
    if name == "codabench":
        with ZipFile(BytesIO(files["bundle.zip"])) as bundle:
            assert said in bundle.read("pages/overview.md").decode()
