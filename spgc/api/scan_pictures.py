"""`spgc.view`: slices of a scan with their lung outline, or what networks are given of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from spgc.api.given_folders import slice_numbers
from spgc.api.shown import Plot
from spgc.api.trained_models import option_texts
from spgc.jobs.extras import need
from spgc.report.scan_views import Viewing
from spgc.runs.listener import NOBODY, Listener


def view(
    scan: str | Path,
    *,
    slices: Sequence[int] = (),
    lungs: str | None = None,
    volume: str | Path | None = None,
    options: Mapping[str, object] | None = None,
    data: str | Path = "data",
    store: str | Path = "store",
    listener: Listener = NOBODY,
) -> Plot:
    """Draw a contact sheet of a scan, lungs outlined, as `spgc view` does; a notebook shows it.

    scan: its folder or file, or a case ID that is looked up in store, then in data. slices: numbers
    from 1, counted from the head; spread evenly without. lungs: a method as `spgc.lung_mask` takes
    it, or none. volume: a system's name, or a model's folder: shows what its networks are given of
    the whole scan instead; options: of that system. listener: hears remarks. `.save(path)` writes
    the picture, `.figure` is matplotlib's.

    >>> import spgc
    >>> try:
    ...     spgc.view("no-such-case", data="no-such-folder")
    ... except (spgc.DataError, spgc.MissingExtraError) as error:
    ...     print("nothing to see")
    nothing to see

    Raises DataError for a case that isn't there, SeriesError for a scan that can't be read,
    UsageError for a slice that it doesn't have, MissingExtraError without matplotlib.
    """
    need("ct", "report")
    asked = Viewing(
        str(scan),
        Path(data),
        Path(store),
        slice_numbers(slices),
        lungs,
        None if volume is None else str(volume),
        option_texts(options),
        listener.say,
    )
    return Plot(asked.figure()[0])
