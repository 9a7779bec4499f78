"""The start of an engine, in a thread: what it does before its first answer, and in what words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from spgc.files.foreign_names import folder_in
from spgc.jobs.ahead import begin
from spgc.jobs.stages import Stages
from spgc.nets.engines.choice import Choice
from spgc.nets.engines.contract import EngineNetworks, Say
from spgc.nets.engines.converted_files import unconverted

if TYPE_CHECKING:
    from torch import nn

Built = TypeVar("Built")
Asked = TypeVar("Asked", bound=EngineNetworks)

LOOK = 0.1
"""Seconds between looks at how far an engine is."""

_DOING = {"openvino": "converting", "torch": "reading"}
_ONCE = {"openvino": ", once for this model and machine"}


class EngineStart(Generic[Asked, Built]):
    """An engine that a thread gets ready when it is first asked for.

    Networks are noted as the engine asks for them: it reads one to convert it, or to run it itself.
    """

    def __init__(
        self,
        networks: Asked,
        build: Callable[[Choice, Asked, Path | None, Say, Stages], Built],
        answers: Path | None,
        stages: Stages,
    ) -> None:
        """answers: the folder of kept answers, beside which converted networks are kept.

        build: makes the engine, as `spgc.nets.engines.choice.build_engine` does.
        """
        self._networks, self._build, self._stages = networks, build, stages
        self._cache = None if answers is None else folder_in(answers.parent, "engines")
        self._asked: list[str] = []
        self._future: Future[Built] | None = None
        self._then: Callable[[], object] | None = None
        self.remarks: list[str] = []

    def engine(self, choice: Choice) -> Future[Built]:
        """The engine, from now on being made ready."""
        if self._future is None:
            self._future = begin(partial(self._built, choice), "engine")
            self._future.add_done_callback(self._go_on)
        return self._future

    def then(self, work: Callable[[], object]) -> None:
        """Do this in the thread of the engine that isn't started yet, once it is ready.

        For what is needed when the networks are through, and takes long to load. What goes wrong
        there goes wrong again where it is needed.
        """
        self._then = work

    def _go_on(self, engine: Future[Built]) -> None:
        if self._then is not None and engine.exception() is None:
            with suppress(Exception):
                self._then()

    def _built(self, choice: Choice) -> Built:
        with self._stages.of("start of the engine", libraries=True):
            noted: Any = replace(self._networks, load=self.noted(self._networks.load))  # type: ignore[type-var]
            return self._build(choice, noted, self._cache, self.remarks.append, self._stages)

    def noted(self, load: Callable[[str], nn.Module]) -> Callable[[str], nn.Module]:
        """The same, and it is noted which network is asked for."""

        def noting(name: str) -> nn.Module:
            self._asked.append(name)
            return load(name)

        return noting

    def unready(self, choice: Choice) -> list[str]:
        """Networks that are converted before the first answer; none where that was done before."""
        return unconverted(self._networks, self._cache) if choice.engine == "openvino" else []

    def get_ready(self, choice: Choice) -> Iterator[str]:
        """The networks of `unready` one by one, as they are converted.

        What goes wrong there is raised here.
        """
        names, engine, given = self.unready(choice), self.engine(choice), 0
        while not wait([engine], timeout=LOOK).done:
            done = self._done(names)
            yield from done[given:]
            given = len(done)
        engine.result()
        yield from names[given:]

    def _done(self, names: Sequence[str]) -> list[str]:
        """Those after which another was asked for."""
        return [name for name in self._asked[:-1] if name in names]

    def status(self, engine: str) -> str:
        """What goes on until it is ready, in words; empty then, and where nothing is converted."""
        if not self._asked or (self._future is not None and self._future.done()):
            return ""
        which = f"{self._asked[-1]}, network {len(self._asked)} of {len(self._networks.names)}"
        return f"{_DOING[engine]} {which}{_ONCE.get(engine, '')}"
