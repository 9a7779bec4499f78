"""Folders, files and names that a program gives, in the forms that the library takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.contract.limits import MAX_SLICES_NAMED
from spgc.errors import UsageError
from spgc.scoring.arguments import whole_number

if TYPE_CHECKING:
    from spgc.jobs.cluster import DaskAddress


def path_of(given: str | Path | None) -> Path | None:
    """A path, or None where none is given."""
    return None if given is None else Path(given)


def names_of(given: str | Sequence[str]) -> list[str]:
    """One name or several as a list."""
    return [given] if isinstance(given, str) else list(given)


def paths_of_all(given: str | Path | Sequence[str | Path]) -> list[Path]:
    """One path or several as a list."""
    return [Path(given)] if isinstance(given, str | Path) else [Path(one) for one in given]


def slice_numbers(given: Sequence[int]) -> tuple[int, ...]:
    """Numbers of slices, counted from 1; whether a scan has them is found out when it is read.

    Raises UsageError for anything but whole numbers.
    """
    return tuple(whole_number("a slice", one, 0, MAX_SLICES_NAMED) for one in given)


def cluster_of(
    dask: str | None, dask_tls: str | Path | None, *, insecure: bool
) -> DaskAddress | None:
    """The Dask cluster that is named. Raises UsageError for the others without an address."""
    if dask is not None:
        from spgc.jobs.cluster import DaskAddress

        return DaskAddress(dask, path_of(dask_tls), insecure)
    if dask_tls is not None or insecure:
        raise UsageError("dask_tls and dask_insecure go with dask", expected="dask=ADDRESS")
    return None
