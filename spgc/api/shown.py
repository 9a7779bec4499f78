"""What results of spgc share: print them, look at them in a notebook, take their numbers out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.errors import MissingExtraError
from spgc.jobs.extras import need

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from rich.console import RenderableType

WIDTH = 100
"""Columns of a printed result."""


class Shown:
    """A result: `print` it for the terminal's tables, name it in a notebook for its HTML.

    `to_frame()` gives its numbers to pandas, `plot()` draws it where there is something to draw.
    """

    def _parts(self) -> Iterable[RenderableType]:
        raise NotImplementedError

    def _line(self) -> str:
        raise NotImplementedError

    def _html(self) -> str:
        """The same parts as HTML; results that have a block of their own show that."""
        from spgc.report.page.part_blocks import parts_block

        return parts_block(self._parts())

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        raise NotImplementedError

    def __str__(self) -> str:
        from spgc.report.plain_text import plain_text

        return plain_text(self._parts(), WIDTH)

    def __repr__(self) -> str:
        from spgc.text.printable import printable

        return f"<{printable(self._line())}>"

    def _repr_html_(self) -> str:
        return self._html()

    def to_frame(self) -> pd.DataFrame:
        """The numbers as a DataFrame, unrounded. Raises MissingExtraError without pandas."""
        return frame_of(self._rows())


def frame_of(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a DataFrame. Raises MissingExtraError without pandas."""
    try:
        import pandas as pd
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "package not installed", found="pandas", do="pip install pandas"
        ) from error
    return pd.DataFrame([dict(row) for row in rows])


@dataclass(frozen=True)
class Plot:
    """A figure that a notebook shows; `figure` is matplotlib's."""

    figure: Figure

    def save(self, path: str | Path, dpi: int | None = None) -> None:
        """Write it as .png, .jpg, .svg or .pdf. Raises UsageError for another ending."""
        from spgc.report.pictures import write_picture

        write_picture(self.figure, Path(path), dpi)

    def _repr_png_(self) -> bytes:
        from spgc.report.pictures import picture_bytes

        return picture_bytes(self.figure, "png")


def can_draw() -> None:
    """Raise MissingExtraError where the package that draws is not installed."""
    need("report")
