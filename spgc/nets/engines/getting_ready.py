"""What an engine does before its first answer, in words for the line below a progress bar."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

_DOING = {"openvino": "converting", "torch": "reading"}
_ONCE = {"openvino": ", once for this model and machine"}


class GettingReady:
    """Networks as they are asked for: an engine reads one to convert it, or to run it itself."""

    def __init__(self, count: int) -> None:
        """count: how many networks there are."""
        self._count = count
        self._asked: list[str] = []

    def noted(self, load: Callable[[str], nn.Module]) -> Callable[[str], nn.Module]:
        """The same, and it is noted which network is asked for."""

        def noting(name: str) -> nn.Module:
            self._asked.append(name)
            return load(name)

        return noting

    def status(self, engine: str, built: Future[Any] | None) -> str:
        """What goes on until `built` is done; empty then, and where converted networks are kept."""
        if not self._asked or (built is not None and built.done()):
            return ""
        which = f"{self._asked[-1]}, network {len(self._asked)} of {self._count}"
        return f"{_DOING[engine]} {which}{_ONCE.get(engine, '')}"
