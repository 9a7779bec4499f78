"""An engine gets ready in a thread, says what it does, and tells which networks are converted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from torch import nn

from spgc.errors import ModelError
from spgc.jobs.stages import Stages
from spgc.nets.engines.choice import Choice
from spgc.nets.engines.contract import InputShape, Say
from spgc.nets.engines.converted_files import converted_file
from spgc.nets.engines.getting_ready import EngineStart

OPENVINO, TORCH = (Choice(name, "fp32", "cpu", 8) for name in ("openvino", "torch"))


@dataclass(frozen=True)
class ThreeNetworks:
    """Networks that are never run."""

    load: Callable[[str], nn.Module] = field(default=lambda name: nn.Identity())
    names: tuple[str, ...] = ("a", "b", "c")
    variant: str = ""

    @property
    def digests(self) -> Mapping[str, str]:
        return dict.fromkeys(self.names, "ab" * 32)

    def inputs(self, name: str) -> tuple[InputShape, ...]:
        return ()


def start(
    build: Callable[[Choice, ThreeNetworks, Path | None, Say, Stages], str], work: Path
) -> EngineStart[ThreeNetworks, str]:
    return EngineStart(ThreeNetworks(), build, work / "answers", Stages())


def converting(
    choice: Choice, networks: ThreeNetworks, cache: Path | None, say: Say, stages: Stages
) -> str:
    """Reads what is not kept, as OpenVINO's engine does, and keeps it."""
    assert cache is not None
    for name in networks.names:
        path = converted_file(networks, name, cache)
        if not path.exists():
            networks.load(name)
            time.sleep(0.15)
            path.parent.mkdir(exist_ok=True)
            path.touch()
    return "engine"


def test_networks_are_told_of_as_they_are_converted(tmp_path: Path) -> None:
    """Also those of which some were kept; then none is left, and the engine is the same one."""
    one = start(converting, tmp_path)
    kept = converted_file(ThreeNetworks(), "b", tmp_path / "engines")
    kept.parent.mkdir()
    kept.touch()
    assert one.unready(OPENVINO) == ["a", "c"]
    assert list(one.get_ready(OPENVINO)) == ["a", "c"]
    assert one.engine(OPENVINO).result() == "engine"
    assert one.unready(OPENVINO) == []
    assert list(start(converting, tmp_path).get_ready(OPENVINO)) == []


def test_torch_converts_nothing(tmp_path: Path) -> None:
    assert start(converting, tmp_path).unready(TORCH) == []


def test_without_a_folder_every_start_converts_all() -> None:
    one = EngineStart(ThreeNetworks(), converting, None, Stages())
    assert one.unready(OPENVINO) == ["a", "b", "c"]


def test_what_goes_wrong_is_raised_where_one_waits_for_it(tmp_path: Path) -> None:
    def failing(*_: object) -> str:
        raise ModelError("can't convert a")

    with pytest.raises(ModelError, match="can't convert a"):
        list(start(failing, tmp_path).get_ready(OPENVINO))


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (OPENVINO, "converting b, network 2 of 3, once for this model and machine"),
        (TORCH, "reading b, network 2 of 3"),
    ],
)
def test_it_names_the_network_that_is_asked_for(choice: Choice, said: str, tmp_path: Path) -> None:
    """Until the engine is there, and never of networks that were kept."""
    told: list[str] = []

    def building(choice: Choice, networks: ThreeNetworks, *_: object) -> str:
        told.append(one.status(choice.engine))
        for name in ("a", "b"):
            networks.load(name)
        told.append(one.status(choice.engine))
        return "engine"

    one = start(building, tmp_path)
    one.engine(choice).result()
    assert told == ["", said]
    assert one.status(choice.engine) == ""


def test_what_is_needed_later_is_loaded_once_the_engine_is_ready(tmp_path: Path) -> None:
    """Not before, nor where the engine fails; and its own failure is for whoever needs it."""
    loaded: list[str] = []
    done = threading.Event()

    def load() -> None:
        loaded.append(threading.current_thread().name)
        done.set()
        raise ValueError("not here")

    one = start(lambda *_: "engine", tmp_path)
    one.then(load)
    assert loaded == []
    assert one.engine(TORCH).result() == "engine"
    assert done.wait(10)
    assert one.engine(TORCH).result() == "engine"
    assert len(loaded) == 1

    def broken(*_: object) -> str:
        raise ModelError("no network")

    one = start(broken, tmp_path)
    one.then(load)
    with pytest.raises(ModelError, match="no network"):
        one.engine(TORCH).result()
    assert len(loaded) == 1
