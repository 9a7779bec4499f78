"""Picture of agreement: scans by systems; a column of colour is wrong in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spgc.board.agreement import Agreement, AnsweredScan
from spgc.challenge.definition import Challenge
from spgc.report.agreement_tables import system_text
from spgc.report.pictures import caption, verbatim
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC, SYNTHETIC_DATA

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FIRST = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#8c564b", "#9467bd")
_LAST = "#444444"
"""Of the class that was answered wrongly, for every colour vision; the last class has its own."""
_RIGHT = "#e9ece9"
_LONGEST_NAME = 24


def agreement_picture(made: Agreement) -> Figure:
    """One strip per set: scans by true class and by how many systems have them right."""
    from matplotlib.figure import Figure

    strips = [(split, _sorted(made, split)) for split in made.splits]
    widest = max(len(scans) for _, scans in strips)
    each = 0.2 * len(made.systems) + 0.95
    size = (max(7.2, 0.17 * widest + 1.9), each * len(strips) + 1.0)
    figure = Figure(figsize=size, dpi=200, layout="constrained")
    mark = f"{SYNTHETIC_DATA}\n" if made.foreign == SYNTHETIC else ""
    figure.suptitle(f"{mark}Wrong predictions of {len(made.systems)} systems, by scan", fontsize=9)
    for place, (split, scans) in zip(
        figure.subplots(len(strips), 1, squeeze=False)[:, 0], strips, strict=True
    ):
        _strip(place, made, split, scans, widest)
    caption(
        figure,
        f"Pale: correct. {_key(made.challenge)}. Scans are grouped by "
        f"true class, those that fewest systems get right first. {PURPOSE}",
    )
    return figure


def _key(challenge: Challenge) -> str:
    """`V: wrongly predicted COVID-19; P: CAP; N: Normal`."""
    (first, name), *rest = challenge.letters.items()
    return "; ".join(
        [f"{name}: wrongly predicted {first}", *(f"{sign}: {one}" for one, sign in rest)]
    )


def _colours(challenge: Challenge) -> dict[str, str]:
    """By class: eight that can be told apart, over again where there are more classes."""
    *first, last = challenge.names
    return {name: _FIRST[i % len(_FIRST)] for i, name in enumerate(first)} | {last: _LAST}


def _sorted(made: Agreement, split: str) -> list[AnsweredScan]:
    scans = [scan for scan in made.scans if scan.split == split]
    return sorted(scans, key=lambda s: (made.challenge.names.index(s.truth), len(s.right), s.case))


def _strip(
    place: Axes, made: Agreement, split: str, scans: list[AnsweredScan], widest: int
) -> None:
    from matplotlib.patches import Rectangle

    colours, letters = _colours(made.challenge), made.challenge.letters
    for x, scan in enumerate(scans):
        for y, answer in enumerate(scan.answers):
            right = answer == scan.truth
            colour = _RIGHT if right else colours[answer]
            place.add_patch(Rectangle((x + 0.06, y + 0.06), 0.88, 0.88, color=colour, linewidth=0))
            if not right:
                place.text(
                    x + 0.5,
                    y + 0.52,
                    letters[answer],
                    ha="center",
                    va="center",
                    fontsize=5,
                    color="white",
                )
    place.set_xlim(0, max(widest, 1))
    place.set_ylim(len(made.systems), 0)
    names = [verbatim(_short(system_text(made, i))) for i in range(len(made.systems))]
    place.set_yticks([y + 0.5 for y in range(len(names))], names, fontsize=6.5)
    size = 5 if len(scans) <= 60 else 4
    place.set_xticks(
        [x + 0.5 for x in range(len(scans))],
        [verbatim(s.case) for s in scans],
        rotation=90,
        fontsize=size,
    )
    place.tick_params(length=0, pad=1)
    place.spines[:].set_visible(False)
    place.set_title(verbatim(split), fontsize=8, loc="left", pad=12)
    for name in made.challenge.names:
        at = [x for x, scan in enumerate(scans) if scan.truth == name]
        if at:
            place.text((at[0] + at[-1] + 1) / 2, -0.15, name, ha="center", fontsize=6.5)
            place.axvline(at[-1] + 1, color="black", linewidth=0.6)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
