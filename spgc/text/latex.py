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
    "−": "$-$",
    "±": r"$\pm$",
    "·": r"$\cdot$",
    "→": r"$\rightarrow$",
    "\u00a0": "~",
}
"""What LaTeX takes for more than a sign, and what spgc prints that its usual fonts lack."""

_ANY = re.compile(f"[{re.escape(''.join(_SIGNS))}]|-(?=-)")
_UNKNOWN = re.compile("[^\x00-\u017f‘’“”—•…]")
"""Letters that pdfLaTeX's usual fonts lack; they have those of Western and Central Europe."""

PACKAGES = "% \\usepackage[T1]{fontenc}\n% \\usepackage{booktabs,graphicx}"
"""What the tables need in the preamble of a document."""


def latex(text: str) -> str:
    """Text within a paragraph or a cell of a table."""
    return _ANY.sub(lambda found: _SIGNS.get(found[0], "-{}"), printable(text))


def latex_file(parts: Sequence[str]) -> str:
    """Tables and paragraphs with what they need above them, as comments."""
    foreign = "".join(sorted({sign for part in parts for sign in _UNKNOWN.findall(part)}))
    head = (
        f"{PACKAGES}\n% pdfLaTeX lacks {foreign}: use LuaLaTeX or XeLaTeX" if foreign else PACKAGES
    )
    return "\n\n".join((head, *parts)) + "\n"


def latex_table(
    title: str,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    align: Sequence[str],
    notes: Sequence[str] = (),
) -> str:
    """A floating table with booktabs' rules, no wider than the text, its notes below it.

    align: `left`, `right` or `center` by column.
    """

    def line(cells: Sequence[str]) -> str:
        row = " & ".join(map(latex, cells)) + r" \\"
        # After the end of the row above, a star or a length in brackets would be its own.
        return f"{{}}{row}" if row.lstrip()[:1] in ("[", "*") else row

    return "\n".join(
        (
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex(title)}}}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{''.join(side[0] for side in align)}}}",
            r"\toprule",
            line(names),
            r"\midrule",
            *map(line, rows),
            r"\bottomrule",
            r"\end{tabular}}",
            *(
                rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize {latex(note)}}}"
                for note in notes
            ),
            r"\end{table}",
        )
    )


def _below(note: str) -> str:
    """A paragraph in small print below a table."""
    return rf"\par\smallskip\parbox{{\linewidth}}{{\footnotesize {latex(note)}}}"
