"""Progress of long work: the `Track` that functions take, silent by default."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Track(Protocol):
    """Wraps an iterable and shows how far it has come; the command line passes a progress bar."""

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]: ...


def silent(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """The default: work without a word."""
    yield from items


class Telling(Generic[T]):
    """An iterable with more to say of itself than how far it has come.

    `status()` is one line, true at the moment; a `Track` that knows of it shows it beside the bar.
    """

    def __init__(self, items: Iterable[T], status: Callable[[], str]) -> None:
        self._items, self.status = items, status

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)
