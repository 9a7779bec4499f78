"""What to cite: spgc, the CNR-IEMN paper, the data set. CITATION.cff says the same (a test)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spgc.version import __version__

RELEASED = "2026-11-23"
"""The day of the release, as in CITATION.cff."""


@dataclass(frozen=True)
class Citation:
    """A work to cite. authors: (family name, given names), or one name for a group.

    title: BibTeX's braces keep the case of what stands in them.
    """

    key: str
    what: str
    kind: str
    title: str
    authors: Sequence[tuple[str, ...]]
    year: int
    journal: str | None = None
    volume: int | None = None
    number: int | None = None
    pages: str | None = None
    doi: str | None = None
    version: str | None = None

    @property
    def plain_title(self) -> str:
        return self.title.replace("{", "").replace("}", "")

    def fields(self) -> dict[str, str]:
        """The fields of its BibTeX entry, in their usual order."""
        people = " and ".join(
            ", ".join(one) if one[1:] else f"{{{one[0]}}}" for one in self.authors
        )
        known = {
            "title": self.title,
            "author": people,
            "journal": self.journal,
            "volume": self.volume,
            "number": self.number,
            "pages": self.pages,
            "year": self.year,
            "version": self.version,
            "doi": self.doi,
        }
        return {name: str(value) for name, value in known.items() if value is not None}


SPGC = Citation(
    key="spgc",
    what="the tool",
    kind="software",
    title="{spgc}: evaluation and submission toolkit for the 2021 {ICASSP} {COVID-19} {Signal "
    "Processing Grand Challenge}",
    authors=(("The spgc developers",),),
    year=int(RELEASED[:4]),
    version=__version__,
)

CNR_IEMN = Citation(
    key="bougourzi2021cnriemn",
    what="the system and its paper",
    kind="article",
    title="Recognition of {COVID-19} from {CT} Scans Using Two-Stage Deep-Learning-Based Approach: "
    "{CNR-IEMN}",
    authors=(
        ("Bougourzi", "Fares"),
        ("Contino", "Riccardo"),
        ("Distante", "Cosimo"),
        ("Taleb-Ahmed", "Abdelmalik"),
    ),
    journal="Sensors",
    volume=21,
    number=17,
    pages="5878",
    year=2021,
    doi="10.3390/s21175878",
)

COVID_CT_MD = Citation(
    key="afshar2021covidctmd",
    what="the data set",
    kind="article",
    title="{COVID-CT-MD}, {COVID-19} computed tomography scan dataset applicable in machine "
    "learning and deep learning",
    authors=(
        ("Afshar", "Parnian"),
        ("Heidarian", "Shahin"),
        ("Enshaei", "Nastaran"),
        ("Naderkhani", "Farnoosh"),
        ("Rafiee", "Moezedin Javad"),
        ("Oikonomou", "Anastasia"),
        ("Fard", "Faranak Babaki"),
        ("Samimi", "Kaveh"),
        ("Plataniotis", "Konstantinos N."),
        ("Mohammadi", "Arash"),
    ),
    journal="Scientific Data",
    volume=8,
    pages="121",
    year=2021,
    doi="10.1038/s41597-021-00900-3",
)

CITATIONS = (SPGC, CNR_IEMN, COVID_CT_MD)
"""In the order in which they are printed."""


def bibtex(work: Citation) -> str:
    """An entry as BibTeX; biblatex knows `@software`, older styles take it for `@misc`."""
    lines = [f"  {name} = {{{value}}}," for name, value in work.fields().items()]
    return "\n".join((f"@{work.kind}{{{work.key},", *lines, "}"))


def bibtex_line(work: Citation) -> str:
    """The same on one line."""
    parts = ", ".join(f"{name}={{{value}}}" for name, value in work.fields().items())
    return f"@{work.kind}{{{work.key}, {parts}}}"


def reference(work: Citation) -> str:
    """A line for a list of references."""
    people = ", ".join(
        f"{one[0]} {_initials(one[1])}" if one[1:] else one[0] for one in work.authors
    )
    issue = f"({work.number})" if work.number is not None else ""
    place = f" {work.journal} {work.volume}{issue}:{work.pages}," if work.journal else ""
    version = f" Version {work.version}," if work.version else ""
    doi = f" https://doi.org/{work.doi}" if work.doi else ""
    return f"{people}. {work.plain_title}.{place}{version} {work.year}.{doi}"


def _initials(given: str) -> str:
    return "".join(part[0] for part in given.replace("-", " ").split())
