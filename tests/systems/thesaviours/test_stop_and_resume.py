"""Stopped anywhere and called again, the training ends with the same bits, across its stages."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import pytest

pytest.importorskip("torch")

from spgc.files.hashes import file_hash
from spgc.files.kept import read_kept
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.training import recorder
from spgc.nets.training.metrics import TABLE
from spgc.systems.thesaviours.system import TheSaviours
from tests.one_thread import one_thread
from tests.systems.thesaviours import tiny

__all__ = ["one_thread"]

T = TypeVar("T")

STAGES = [
    "training covid19-or-normal",
    "asking covid19-or-normal",
    "training cap-or-normal",
    "asking cap-or-normal",
    "training efficientnet_b0",
]
KEPT = ("model.json", "efficientnet_b0.safetensors", "covid19-or-normal.safetensors")


class Noting:
    """A display that notes what each item was of, and is interrupted at item `at`."""

    def __init__(self, at: int | None = None) -> None:
        self.labels: list[str] = []
        self._at = at

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for item in items:
            if len(self.labels) == self._at:
                raise KeyboardInterrupt
            self.labels.append(label)
            yield item


def fit(folder: Path, track: Track = silent) -> TheSaviours:
    system = TheSaviours(tiny.SETTINGS, Runtime("cpu"))
    system.fit(tiny.cohort(), [], folder, track)
    return system


def content(folder: Path) -> dict[str, str]:
    return {name: file_hash(folder / name) for name in KEPT}


@pytest.fixture(scope="module")
def patched() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        tiny.small(patch)
        patch.setattr(recorder, "SAVE_EVERY", 0.0)
        yield


@pytest.fixture(scope="module")
def whole(
    one_thread: None, patched: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], list[str]]:
    """The files of a training that was never stopped, and the labels of its progress."""
    folder, track = tmp_path_factory.mktemp("whole") / "model", Noting()
    fit(folder, track)
    return content(folder), track.labels


def test_stages_follow_each_other(whole: tuple[dict[str, str], list[str]]) -> None:
    assert [label for label, _ in groupby(whole[1])] == STAGES


def test_every_epoch_of_every_network_has_a_row(
    whole: tuple[dict[str, str], list[str]], tmp_path: Path
) -> None:
    fit(tmp_path)
    with (tmp_path / TABLE).open(newline="", encoding="utf-8") as file:
        rows = [(row["backbone"], row["epoch"]) for row in csv.DictReader(file)]
    stage1 = [(name, e) for name in ("covid19-or-normal", "cap-or-normal") for e in "12"]
    assert rows == [*stage1, *(("efficientnet_b0", e) for e in "1234")]


def test_round_after_round_is_one_training(whole: tuple[dict[str, str], list[str]]) -> None:
    """Two rounds of two epochs, 27 slices an epoch in batches of 6 of which the last has 3."""
    assert whole[1].count(STAGES[-1]) % (tiny.SETTINGS.rounds * tiny.SETTINGS.round_epochs) == 0


@pytest.mark.parametrize(
    ("number", "share"), [(0, 0.5), (1, 0.0), (2, 0.0), (3, 1.0), (4, 0.0), (4, 0.5), (4, 1.0)]
)
def test_stopped_within_and_at_the_edges_of_a_stage(
    number: int, share: float, whole: tuple[dict[str, str], list[str]], tmp_path: Path
) -> None:
    """At the first item of a stage, in its middle (the edge of the rounds), and at the last."""
    (files, labels), stage = whole, STAGES[number]
    point = labels.index(stage) + round(share * (labels.count(stage) - 1))
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, Noting(at=point))
    assert not (tmp_path / "model.json").exists()
    fit(tmp_path)
    assert content(tmp_path) == files


def test_stopped_again_and_again(whole: tuple[dict[str, str], list[str]], tmp_path: Path) -> None:
    """A few items further each time: every stage is begun, stopped and taken up."""
    files, stops = whole[0], 0
    while True:
        try:
            fit(tmp_path, Noting(at=4))
        except KeyboardInterrupt:
            stops += 1
        else:
            break
    assert stops > len(STAGES)
    assert content(tmp_path) == files


def test_the_marks_of_stage_1_are_kept(
    whole: tuple[dict[str, str], list[str]], tmp_path: Path
) -> None:
    """What is kept is read, and asked again where it is damaged."""
    fit(tmp_path)
    path = tmp_path / "pseudo-labels-covid19.kept"
    kept = read_kept(path)
    track = Noting()
    (tmp_path / "model.json").unlink()
    fit(tmp_path, track)
    assert not any(label.startswith("asking") for label in track.labels)
    path.write_bytes(path.read_bytes()[:-3])
    fit(tmp_path, track)
    assert [label for label, _ in groupby(track.labels)] == ["asking covid19-or-normal"]
    assert read_kept(path) == kept
    assert content(tmp_path) == whole[0]
