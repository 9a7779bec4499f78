"""A model.json whose author wants harm: every field in turn, its hash made to fit."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from spgc.errors import ModelError, SpgcError
from spgc.model.document import digests_of
from spgc.model.identity import model_hash
from spgc.systems.density.system import Density
from spgc.systems.model_card import write_model_card
from spgc.systems.registry import load_system
from tests.systems.small.scans import array_cohort

COHORT = array_cohort(2, seed=1)
SCAN = (COHORT[0].case_id, COHORT[0].scan)
ABSENT = object()
VALUES = {
    "absent": ABSENT,
    "null": None,
    "true": True,
    "negative": -1,
    "one": 1,
    "not a number": float("nan"),
    "huge": 10**40,
    "text": "x" * 100_000,
    "half a sign": "\ud800",
    "escape": "\x1b[31m",
    "list": [[]],
    "object": {"a": {}},
    "long list": [0] * 50_000,
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("density")
    Density().fit(COHORT, [], folder)
    return folder


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every field, and every item of a list."""
    if place:
        yield place
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*place, key))
    if isinstance(value, list):
        for number in range(len(value)):
            yield from places(value[number], (*place, number))


def changed(document: dict[str, Any], place: tuple[Any, ...], value: object) -> dict[str, Any]:
    made = copy.deepcopy(document)
    part: Any = made
    for key in place[:-1]:
        part = part[key]
    if value is ABSENT:
        del part[place[-1]]
    else:
        part[place[-1]] = value
    with suppress(KeyError, TypeError, AttributeError, ValueError):  # refused for its form
        made["model_hash"] = model_hash(made)
    return made


@pytest.mark.parametrize("name", VALUES)
def test_every_field_is_read_or_refused_in_a_line(name: str, written: Path, tmp_path: Path) -> None:
    """By loading, answering, describing and writing the card."""
    folder = shutil.copytree(written, tmp_path / "model")
    document = json.loads((folder / "model.json").read_text())
    read = 0
    for place in places(document):
        text = json.dumps(changed(document, place, VALUES[name]))
        (folder / "model.json").write_text(text)
        try:
            system = load_system(folder)
            json.dumps(system.describe())
            system.predict([SCAN])
            card = write_model_card(folder, system).read_text("utf-8")
            assert "\x1b" not in card
            read += 1
        except SpgcError as error:
            assert len(str(error)) < 5000, place
            assert "\n" not in str(error)
    assert read < len(list(places(document)))


def test_settings_of_a_file_that_is_not_listed() -> None:
    document = {"files": {"a.safetensors": "0" * 64}}
    assert digests_of(document, {"a": "a.safetensors"}, Path("m")) == {"a": "0" * 64}
    with pytest.raises(ModelError, match=r"model.json is damaged.*'b.safetensors', which is not"):
        digests_of(document, {"b": "b.safetensors"}, Path("m"))
