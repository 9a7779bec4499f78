"""Training leaves networks converted and, where int8 is faster, quantised; prediction makes up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from spgc.errors import DataError, SpgcError, UsageError
from spgc.runs import first_answer
from spgc.runs.first_answer import get_ready, leave_ready
from spgc.runs.listener import Listener

T = TypeVar("T")

SCANS: Any = [("case", None)]


@dataclass
class Networks:
    """What a trained system of networks offers, and what was asked of it."""

    refusal: SpgcError | None = None
    there: bool = False
    failing: SpgcError | None = None
    missing: list[str] = field(default_factory=lambda: ["a", "b"])
    quantised: list[Path] = field(default_factory=list)

    def no_int8(self) -> SpgcError | None:
        return self.refusal

    def is_quantised(self, folder: Path) -> bool:
        return self.there

    def network_names(self) -> Sequence[str]:
        return ("a", "b")

    def quantise(self, folder: Path, *_: object) -> Iterator[str]:
        self.quantised.append(folder)
        if self.failing:
            raise self.failing
        yield from ("int8 a", "int8 b")

    def unready(self) -> Sequence[str]:
        return self.missing

    def get_ready(self) -> Iterator[str]:
        while self.missing:
            yield self.missing.pop(0)


class Heard:
    """Bars and remarks."""

    def __init__(self) -> None:
        self.bars: list[tuple[str, int | None]] = []
        self.said: list[str] = []
        self.listener = Listener(self.track, self.said.append)

    def track(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        self.bars.append((label, total))
        yield from items


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(autouse=True)
def fast_int8(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a processor where int8 pays, with all that it needs."""
    monkeypatch.setattr(first_answer, "int8_pays", lambda: True)
    monkeypatch.setattr(first_answer, "has", lambda extra: True)


def left(system: Any, heard: Heard, loaded: Any = None, checking: Any = SCANS) -> tuple[Any, ...]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(first_answer, "load_system", lambda folder, run: loaded or Networks())
        return leave_ready(system, Path("m"), SCANS, checking, Path("answers"), heard.listener)


def test_converting_has_a_bar_of_its_own(heard: Heard) -> None:
    """None where nothing is to be converted, or the system has no networks."""
    system: Any = Networks()
    get_ready(system, heard.track)
    assert heard.bars == [("converting networks, once", 2)]
    get_ready(system, heard.track)
    other: Any = object()
    get_ready(other, heard.track)
    assert len(heard.bars) == 1


def test_training_quantises_and_then_converts_as_prediction_would(heard: Heard) -> None:
    system, loaded = Networks(), Networks()
    assert left(system, heard, loaded) == ("int8 a", "int8 b")
    assert system.quantised == [Path("m")]
    assert loaded.missing == []
    assert [label for label, _ in heard.bars] == ["int8 networks", "converting networks, once"]


@pytest.mark.parametrize(
    "system", [Networks(refusal=UsageError("keeps labels only")), Networks(there=True)]
)
def test_no_int8_where_it_may_not_serve_or_is_there(system: Networks, heard: Heard) -> None:
    assert left(system, heard) == ()
    assert system.quantised == []
    assert heard.said == []


@pytest.mark.parametrize("lacking", ["int8_pays", "has"])
def test_no_int8_where_it_is_slower_or_not_installed(
    lacking: str, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_answer, lacking, lambda *_: False)
    system, loaded = Networks(), Networks()
    assert left(system, heard, loaded) == ()
    assert system.quantised == []
    assert loaded.missing == [], "converted all the same"


def test_without_scans_of_validation_int8_is_left_out(heard: Heard) -> None:
    assert left(Networks(), heard, checking=[]) == ()
    assert "scans of val check" in heard.said[0]


def test_a_failure_does_not_take_the_model_away(heard: Heard) -> None:
    assert left(Networks(failing=DataError("disk is full")), heard) == ()
    assert "disk is full" in heard.said[0]
