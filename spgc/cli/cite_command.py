"""`spgc cite`: the tool, the paper and the data set, to be cited."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from spgc.cli import console
from spgc.data.citations import CITATIONS, bibtex, reference


class CitationForm(StrEnum):
    """How a work is printed."""

    BIBTEX = "bibtex"
    TEXT = "text"


def cite(
    form: Annotated[
        CitationForm, typer.Option("--format", help="bibtex, or text: one line per work.")
    ] = CitationForm.BIBTEX,
    json_out: console.JsonFlag = False,
) -> None:
    """Print what to cite: spgc, the CNR-IEMN paper and the data set.

    One BibTeX entry or one line of text per work. Cite those that your work builds on.

    [bold]Examples[/]

      spgc cite >> references.bib

      spgc cite --format text
    """
    console.set_mode(json_out=json_out)
    if json_out:
        works = [
            {"what": work.what, "key": work.key, "text": reference(work), "bibtex": bibtex(work)}
            for work in CITATIONS
        ]
        console.show_json({"schema": "spgc-cite/1", "works": works})
    elif form is CitationForm.TEXT:
        for work in CITATIONS:
            console.show_text(reference(work), command=True)
    else:
        console.show_document("\n\n".join(map(bibtex, CITATIONS)) + "\n")
