"""Which packages offer which systems, by their entry points; nothing is imported to find out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from spgc.version import __version__

GROUP = "spgc.systems"

BUILT_IN: Mapping[str, str] = {
    "cnr-iemn": "spgc.systems.cnr_iemn.system:CnrIemn",
    "thesaviours": "spgc.systems.thesaviours.system:TheSaviours",
    "winter": "spgc.systems.winter.system:Winter",
    "llscp-like": "spgc.systems.llscp_like.system:LlscpLike",
    "iitdelhi-like": "spgc.systems.iitdelhi_like.system:IitDelhiLike",
    "bingo-like": "spgc.systems.bingo_like.system:BingoLike",
    "unisheff": "spgc.systems.unisheff.system:UniSheff",
    "astra": "spgc.systems.astra.system:Astra",
    "density": "spgc.systems.density.system:Density",
}
"""The entry points of pyproject.toml, for a source tree that was never installed."""


@dataclass(frozen=True)
class Registered:
    """A system that somebody offers; `problem` says why it can't be had without importing it."""

    name: str
    package: str
    version: str
    entry: EntryPoint
    problem: str | None = None


def registered() -> list[Registered]:
    """Every system offered, those of spgc first, then by name. Imports none of them."""
    ours = [
        Registered(name, "spgc", __version__, EntryPoint(name, value, GROUP))
        for name, value in BUILT_IN.items()
    ]
    return ours + sorted(_others(), key=lambda offer: (offer.name, offer.package))


def _others() -> Iterator[Registered]:
    entries = {(e.name, e.value): e for e in entry_points(group=GROUP) if not _is_ours(e)}
    names = [entry.name for entry in entries.values()]
    for entry in entries.values():
        problem = None
        if entry.name in BUILT_IN:
            problem = "its name is taken by a system of spgc"
        elif names.count(entry.name) > 1:
            problem = "several packages offer this name; uninstall all but one"
        package, release = (entry.dist.name, entry.dist.version) if entry.dist else ("?", "?")
        yield Registered(entry.name, package, release, entry, problem)


def _is_ours(entry: EntryPoint) -> bool:
    return BUILT_IN.get(entry.name) == entry.value


def provider(name: str) -> str | None:
    """The package that brings the system `name`; None when it is not registered."""
    return next((o.package for o in registered() if o.name == name and not o.problem), None)
