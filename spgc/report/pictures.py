"""Writing figures: formats, fonts, captions, and the mark of synthetic data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from spgc.errors import UsageError
from spgc.files.overwriting import check_target
from spgc.files.whole import write_bytes
from spgc.jobs.extras import need
from spgc.jobs.quiet_warnings import no_warnings
from spgc.text.printable import printable
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC_DATA, SYNTHETIC_MODEL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


KINDS = ("png", "svg", "pdf")
"""Of a figure of the paper: a picture for screens and two for print."""

ENDINGS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".svg": "svg", ".pdf": "pdf"}
"""Kinds of picture by the ending of the file that a user names."""

_CREATOR = "spgc"

_METADATA: dict[str, dict[str, Any]] = {
    "png": {"metadata": {"Software": _CREATOR}},
    "jpeg": {"pil_kwargs": {"comment": _CREATOR.encode(), "quality": 92}},
    "svg": {"metadata": {"Creator": _CREATOR, "Date": None}},
    "pdf": {"metadata": {"Creator": _CREATOR, "CreationDate": None}},
}
"""Who wrote it; no dates."""

_STYLE: dict[str, Any] = {"svg.hashsalt": _CREATOR, "svg.fonttype": "none", "pdf.fonttype": 42}
"""Names of parts that repeat, and text as text, which can be searched and edited."""

_OTHER_SCRIPTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Malgun Gothic",
    "Arial Unicode MS",
)
"""Fonts for names that matplotlib's own font can't write, where they are installed."""

_EM = 0.58
"""Width of a letter of the usual font, in its size: a little more than the mean."""


def synthetic_mark(synthetic: bool, model: bool = False) -> str:
    """The first line of a figure that shows phantoms, or what a `model` of phantoms says."""
    if synthetic:
        return SYNTHETIC_DATA
    return SYNTHETIC_MODEL if model else ""


def verbatim(name: str) -> str:
    """A name of the user's as matplotlib shows it letter by letter: it takes `$` for formulas."""
    return printable(name).replace("$", r"\$")


def fitting(text: str, inches: float, size: float) -> str:
    """The text on as many lines as letters of `size` points need to stay within `inches`."""
    letters = max(12, int(inches * 72 / (size * _EM)))
    return "\n".join(fill(line, letters, break_on_hyphens=False) for line in text.split("\n"))


def caption(figure: Figure, text: str, size: float = 6.5, colour: str = "black") -> None:
    """Put the text below all else, at the left, on lines no longer than the figure is wide."""
    inches = float(figure.get_size_inches()[0])
    whole = text.replace(PURPOSE, PURPOSE.replace(" ", "\u00a0"))
    lines = fitting(whole, 0.96 * inches, size).replace("\u00a0", " ")
    figure.supxlabel(lines, fontsize=size, x=0.02, ha="left", color=colour)


def picture_kind(path: Path) -> str:
    """The kind of picture that a file's ending names. Raises UsageError for another ending."""
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise UsageError("unknown kind of picture", found=path.name, expected=" | ".join(ENDINGS))
    return kind


def check_picture(path: Path, *, force: bool, inputs: Sequence[Path] = ()) -> None:
    """Raise UsageError, before any work, when a picture could not be written to `path`.

    MissingExtraError where the package that draws is not installed.
    """
    need("report")
    picture_kind(path)
    check_target(path, force=force, inputs=inputs)


def picture_bytes(figure: Figure, kind: str, dpi: int | None = None) -> bytes:
    """A figure as png, jpeg, svg or pdf; the same figure gives the same bytes.

    dpi: pixels per inch, of the pictures within an svg or pdf as well; None for the figure's own.
    """
    content = BytesIO()
    with _style():
        figure.savefig(content, format=kind, dpi=dpi or "figure", **_METADATA[kind])
    return content.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    from matplotlib import rc_context, rcParams
    from matplotlib.font_manager import fontManager

    installed = set(fontManager.get_font_names())
    fonts = [*rcParams["font.sans-serif"], *(n for n in _OTHER_SCRIPTS if n in installed)]
    style: Any = {**_STYLE, "font.sans-serif": fonts}
    with rc_context(style), no_warnings():  # of glyphs that no font has: a box stands for them
        yield


def write_picture(figure: Figure, path: Path, dpi: int | None = None) -> None:
    """Write a figure as the kind of picture that the file's ending names."""
    write_bytes(path, picture_bytes(figure, picture_kind(path), dpi))


def write_figure(figure: Figure, path: Path, dpi: int | None = None) -> list[Path]:
    """Write a figure in all `KINDS`, `path` being their name without an ending; return the paths.

    The same figure gives the same bytes: there is no date in it and its parts' names are fixed.
    """
    pictures = {
        path.with_name(f"{path.name}.{kind}"): picture_bytes(figure, kind, dpi) for kind in KINDS
    }
    for file, content in pictures.items():  # all drawn first: a stop leaves none or, nearly, all
        write_bytes(file, content)
    return list(pictures)
