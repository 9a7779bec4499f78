"""Classes that case IDs, their order, names of files or a code beside the cases tell are found."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from spgc.data.manifests import Case, Manifest
from spgc.organising.check_challenge import ChallengeFinding, check
from spgc.organising.label_scan import labels_told, paths_told
from spgc.organising.names_that_tell import blocks_of_classes, goes_with_class, telling_part
from spgc.organising.new_challenge import NewChallenge, init
from spgc.submissions.case_matching import CaseFinder
from tests.challenge.flowers import flowers

KINDS = ("rose", "tulip")


def drawn(cases: int = 40, seed: int = 1) -> dict[str, str]:
    chosen = random.Random(seed)  # noqa: S311 - no secret
    return {f"P{n:02d}": chosen.choice(KINDS) for n in range(cases)}


def findings(folder: Path, labels: dict[str, str]) -> list[ChallengeFinding]:
    rows = "".join(f"{case},{label}\n" for case, label in labels.items())
    (folder / "labels.csv").write_text(f"Study,Label\n{rows}", "utf-8")
    if not (folder / "mine").exists():
        init(folder / "mine", NewChallenge(folder / "labels.csv"))
    found = check(folder / "mine", disclosure=False).findings
    return [one for one in found if one.weight != "fact" and "fewer than" not in one.what]


def test_drawn_labels_tell_nothing(tmp_path: Path) -> None:
    assert findings(tmp_path, drawn()) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("{case}-{letter}", "the end of a case ID tells its class: -a, -b"),
        ("{case}{letter}x{case}", "a case ID without its numbers tells its class: PaxP, PbxP"),
        ("{letter}{case}", "the beginning of a case ID tells its class: aP, bP"),
    ],
)
def test_parts_of_case_ids_that_tell_are_found(tmp_path: Path, name: str, told: str) -> None:
    letters = dict(zip(KINDS, "ab", strict=True))
    named = {name.format(case=c, letter=letters[k]): k for c, k in drawn().items()}
    assert [one.what for one in findings(tmp_path, named)] == [told]


@pytest.mark.parametrize("kinds", [("роза", "тюльпан"), ("薔薇", "百合"), ("ورد", "نخل")])
def test_names_of_classes_in_case_ids_are_found_in_any_script(
    tmp_path: Path, kinds: tuple[str, str]
) -> None:
    words = dict(zip(KINDS, kinds, strict=True))
    named = {f"{c}-{words[k]}-{n * 7 % 5}": words[k] for n, (c, k) in enumerate(drawn().items())}
    assert findings(tmp_path, named)[0].what.startswith("case IDs name the class")


def test_cases_that_are_numbered_class_by_class_are_found(tmp_path: Path) -> None:
    ordered = dict(zip(drawn(), sorted(drawn().values()), strict=True))
    (found,) = findings(tmp_path, ordered)
    assert (found.weight, found.what) == (
        "wrong",
        "the cases of each class stand in one block of cases.csv: number them by chance",
    )


def test_cases_that_come_in_runs_are_doubtful(tmp_path: Path) -> None:
    cases = drawn(120)
    turns = [KINDS[place // 10 % 2] for place in range(len(cases))]
    (found,) = findings(tmp_path, dict(zip(cases, turns, strict=True)))
    assert (found.weight, "more than by chance" in found.what) == ("doubtful", True)


def manifest_of(labels: dict[str, str], folder: Path, split: str = "garden") -> Manifest:
    cases = {c: Case(c, label, split, "", "own") for c, label in labels.items()}
    return Manifest(cases, challenge=flowers(folder, truth=False))


def test_a_drawn_order_is_no_finding_and_a_regular_one_neither(tmp_path: Path) -> None:
    """One false alarm in a million at most, for as many classes as there are."""
    chosen = random.Random(4)  # noqa: S311 - no secret
    kinds = ("Rose", "Tulip", "Aster")
    for size in (4, 10, 40, 300):
        for count in (2, 3):
            for _ in range(20):
                labels = {f"C{n}": chosen.choice(kinds[:count]) for n in range(size)}
                assert blocks_of_classes(labels, manifest_of(labels, tmp_path)) is None
    labels = {f"C{n}": kinds[n % 3] for n in range(60)}
    assert blocks_of_classes(labels, manifest_of(labels, tmp_path)) is None


def test_sets_of_one_class_tell_what_everybody_knows(tmp_path: Path) -> None:
    labels = {f"C{n}": ("Rose", "Tulip")[n // 20] for n in range(40)}
    cases = [
        Case(c, k, ("garden", "north field")[k == "Tulip"], "", "own") for c, k in labels.items()
    ]
    truth = Manifest({c.case_id: c for c in cases}, challenge=flowers(tmp_path, truth=False))
    assert not goes_with_class({case.case_id: case.split for case in cases}, truth)
    assert blocks_of_classes(labels, truth) is None


LAYOUTS = {
    "folder": "images/{label}/{case}.png",
    "folder above": "{label}/{case}/slice-1.dcm",
    "two endings": "{label}/{case}.nii.gz",
    "behind": "{case}_{label}.png",
    "before": "{label}-{case}.png",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_names_of_folders_and_files_that_tell_are_found(tmp_path: Path, layout: str) -> None:
    labels = drawn()
    assert findings(tmp_path, labels) == []
    for case, label in labels.items():
        path = tmp_path / "mine" / "public" / LAYOUTS[layout].format(case=case, label=label)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert findings(tmp_path, labels)[0].what == (
        "names of files, which participants get, name the true class of 40 of 40 cases"
    )


def test_names_of_files_that_tell_nothing_are_no_finding(tmp_path: Path) -> None:
    truth = manifest_of({c: k.title() for c, k in drawn().items()}, tmp_path)
    guesses = drawn(seed=2)
    assert paths_told((f"guesses/{k}/{c}.png" for c, k in guesses.items()), truth) is None
    assert paths_told((f"rose/{c}.png" for c in guesses), truth) is None
    assert paths_told((f"images/{c}.png" for c in guesses), truth) is None


@pytest.mark.parametrize("words", [("0", "1"), ("Rosen", "Tulpen"), ("a", "b")])
@pytest.mark.parametrize("row", ["{case},{age},{code}\n", "{code};{age};{case}\n"])
def test_codes_that_go_with_classes_are_found(
    tmp_path: Path, words: tuple[str, str], row: str
) -> None:
    truth = manifest_of({c: k.title() for c, k in drawn().items()}, tmp_path)
    codes = dict(zip(("Rose", "Tulip"), words, strict=True))
    chosen = random.Random(3)  # noqa: S311 - no secret
    cases = sorted(truth, key=lambda _: chosen.random())
    rows = (
        row.format(case=c.case_id, age=chosen.randint(20, 80), code=codes[c.label or ""])
        for c in cases
    )
    assert labels_told("".join(rows).encode(), truth) == (
        "has something beside cases that goes with their class"
    )


def test_codes_of_something_else_are_no_finding(tmp_path: Path) -> None:
    truth = manifest_of({c: k.title() for c, k in drawn().items()}, tmp_path)
    chosen = random.Random(6)  # noqa: S311 - no secret
    for kinds in (2, 3, 10, 1000):
        rows = "".join(f"{c.case_id},{chosen.randrange(kinds)}\n" for c in truth)
        assert labels_told(rows.encode(), truth) is None


def test_a_case_without_a_class_is_a_finding_and_no_traceback(tmp_path: Path) -> None:
    findings(tmp_path, drawn())
    place = tmp_path / "mine" / "private" / "truth.csv"
    label = drawn()["P05"]
    place.write_text(place.read_text("utf-8").replace(f"P05,{label}", "P05,"), "utf-8")
    found = check(tmp_path / "mine", disclosure=False).findings
    assert found[0].what == "1 cases without a class in the truth: P05"


def test_long_ids_take_no_long_time() -> None:
    """Minutes, where each sign is tried as the beginning of what is taken away or looked for."""
    ids = [f"{'0' * 100_000}{n}x{'y' * 100_000}" for n in range(4)]
    start = time.process_time()
    made = Manifest({one: Case(one, KINDS[n % 2], "own", "", "own") for n, one in enumerate(ids)})
    telling_part(made)
    CaseFinder(made)
    assert time.process_time() - start < 2
