"""Text of strangers in LaTeX: it is shown as it stands and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spgc.text.printable import printable

_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
    "`": r"\textasciigrave{}",
    "–": "--",
    "…": r"\dots{}",
    "▶": r"$\triangleright$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "×": r"$\times$",
    "\u00a0": "~",
}
"""What LaTeX takes for more than a sign, and what spgc prints that its usual fonts lack."""

_ANY = re.compile(f"[{re.escape(''.join(_SIGNS))}]|-(?=-)")


def latex(text: str) -> str:
    """Text within a paragraph or a cell of a table."""
    return _ANY.sub(lambda found: _SIGNS.get(found[0], "-{}"), printable(text))


def latex_table(
    title: str, names: Sequence[str], rows: Sequence[Sequence[str]], align: Sequence[str]
) -> str:
    """A floating table with booktabs' rules; align: `left`, `right` or `center` by column."""

    def line(cells: Sequence[str]) -> str:
        return " & ".join(map(latex, cells)) + r" \\"

    return "\n".join(
        (
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex(title)}}}",
            rf"\begin{{tabular}}{{{''.join(side[0] for side in align)}}}",
            r"\toprule",
            line(names),
            r"\midrule",
            *map(line, rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        )
    )
