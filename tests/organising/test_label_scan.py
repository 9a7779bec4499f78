"""A file tells labels when it pairs cases with their classes, or lists classes in their order."""

from __future__ import annotations

import base64
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from spgc.challenge.challenge_file import read_challenge
from spgc.data.manifests import Case, Manifest
from spgc.kits.kit_material import KitMaterial
from spgc.organising.label_scan import labels_told
from tests.challenge.flowers import toml


def pairs(material: KitMaterial) -> list[tuple[str, str]]:
    return [(case.case_id, case.label or "") for case in material.truth]


FORMS = {
    "csv": lambda rows: "\n".join(f"{case},{label}" for case, label in rows),
    "class first": lambda rows: "\n".join(f"{label};{case}" for case, label in rows),
    "table": lambda rows: "\n".join(f"| {case} | garden | {label} |" for case, label in rows),
    "json": lambda rows: json.dumps(dict(rows)),
    "json list": lambda rows: json.dumps([{"id": c, "label": label} for c, label in rows]),
    "python": lambda rows: repr(rows),
    "in upper case": lambda rows: "\n".join(f"{case}\t{label.upper()}" for case, label in rows),
    "classes alone": lambda rows: "\n".join(label for _, label in rows),
    "list of classes": lambda rows: json.dumps([label for _, label in rows]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_labels_are_found(form: str, codec: str, material: KitMaterial) -> None:
    text = FORMS[form](pairs(material))
    assert labels_told(text.encode(codec), material.truth)


@pytest.mark.parametrize("first", [0, 1])
def test_numbered_classes_in_order_are_found(first: int, material: KitMaterial) -> None:
    places = {name: n for n, name in enumerate(material.challenge.names, start=first)}
    text = json.dumps([places[label] for _, label in pairs(material)])
    assert labels_told(text.encode(), material.truth)


def test_a_few_labels_among_guesses_are_found(material: KitMaterial) -> None:
    rows = pairs(material)[:4]
    assert labels_told("\n".join(f"{c},{label}" for c, label in rows).encode(), material.truth)


def test_one_class_for_all_and_guesses_tell_nothing(material: KitMaterial) -> None:
    rows = pairs(material)
    names = material.challenge.names
    constant = "\n".join(f"{case},{names[0]}" for case, _ in rows)
    drawn = random.Random(5)  # noqa: S311 - no secret
    guesses = "\n".join(f"{case},{drawn.choice(names)}" for case, _ in rows)
    cases = "\n".join(case for case, _ in rows)
    for text in (constant, guesses, cases, "", "nothing"):
        assert labels_told(text.encode(), material.truth) is None
    assert labels_told(bytes(range(256)), material.truth) is None
    packed = base64.b64encode(constant.encode())
    assert labels_told(packed, material.truth) is None


@pytest.mark.parametrize("size", [6, 8, 12])
def test_few_classes_in_some_order_are_no_finding_in_a_program(
    material: KitMaterial, size: int
) -> None:
    """Six cases of two classes stand in one of 20 orders, and a program holds many numbers."""
    program = material.scorer.encode()
    cases = material.truth.split("garden")[:size]
    for seed in range(20):
        halves = ["Rose", "Tulip"] * (size // 2)
        labels = random.Random(seed).sample(halves, size)  # noqa: S311 - no secret
        pairs = zip(cases, labels, strict=True)
        drawn = {case.case_id: replace(case, label=label) for case, label in pairs}
        truth = replace(material.truth, cases=drawn)
        assert labels_told(program, truth) is None
        assert size < 12 or labels_told("\n".join(labels).encode(), truth)


def test_names_of_sets_that_are_classes_by_accident_are_no_finding(tmp_path: Path) -> None:
    """Digits from 0 to 9 in the sets `test 1` and `test 2`: one in a hundred at most is alarmed."""
    (tmp_path / "challenge.toml").write_text(toml([str(digit) for digit in range(10)]), "utf-8")
    known = read_challenge(tmp_path)
    alarms = 0
    for seed in range(100):
        drawn = random.Random(seed)  # noqa: S311 - no secret
        cases = [
            Case(f"D-{n:03d}", str(drawn.randrange(10)), f"test {1 + n % 2}", "", "own")
            for n in range(100)
        ]
        rows = "".join(f"{case.case_id},,{case.split},organisers,own\n" for case in cases)
        truth = Manifest({case.case_id: case for case in cases}, challenge=known)
        alarms += labels_told(rows.encode(), truth) is not None
    assert alarms <= 2
