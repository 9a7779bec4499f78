"""What `spgc cite` prints is what CITATION.cff says, as BibTeX that a reader of it takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from spgc.data.citations import (
    CITATIONS,
    CNR_IEMN,
    COVID_CT_MD,
    RELEASED,
    SPGC,
    Citation,
    bibtex,
    bibtex_line,
    reference,
)
from spgc.version import __version__

CFF = Path(__file__).parents[2] / "CITATION.cff"


def entry(text: str) -> dict[str, str]:
    """Fields of a BibTeX entry, by counting braces."""
    found: dict[str, str] = {}
    for match in re.finditer(r"(\w+)\s*=\s*\{", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        found[match[1]] = text[match.end() : end - 1]
    return found


def people(given: list[dict[str, str]]) -> list[tuple[str, ...]]:
    return [
        (one["name"],) if "name" in one else (one["family-names"], one["given-names"])
        for one in given
    ]


def same(work: Citation, known: dict[str, Any]) -> None:
    assert work.plain_title == known["title"]
    assert list(work.authors) == people(known["authors"])
    for mine, theirs in (("journal", "journal"), ("volume", "volume"), ("number", "issue")):
        assert getattr(work, mine) == known.get(theirs)
    assert work.doi == known.get("doi")


def test_the_citation_file_says_the_same() -> None:
    known = pytest.importorskip("yaml").safe_load(CFF.read_text("utf-8"))
    same(SPGC, known)
    assert (known["version"], known["date-released"]) == (__version__, RELEASED)
    paper, data = known["references"]
    same(CNR_IEMN, paper)
    same(COVID_CT_MD, data)
    assert [str(one["start"]) for one in (paper, data)] == [CNR_IEMN.pages, COVID_CT_MD.pages]


@pytest.mark.parametrize("work", CITATIONS, ids=lambda work: work.key)
def test_an_entry_is_balanced_and_whole(work: Citation) -> None:
    text = bibtex(work)
    assert text.count("{") == text.count("}")
    assert text.startswith(f"@{work.kind}{{{work.key},\n")
    assert entry(text) == work.fields() == entry(bibtex_line(work))
    assert str(work.year) in reference(work)
