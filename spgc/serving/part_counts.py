"""Correct predictions of the public and the private part, and which of them rank at the end."""

from __future__ import annotations

from spgc.serving.page_views import BoardPart
from spgc.serving.served_challenge import Results, Served


def part_results(results: Results, part: BoardPart, served: Served) -> tuple[int, ...]:
    """Correct predictions of a part by class."""
    names = final_parts(served) if part == "final" else (part,)
    rows = [hits for name in names for hits in results[name].values()]
    return tuple(map(sum, zip(*rows, strict=True))) if rows else ()


def final_parts(served: Served) -> tuple[str, ...]:
    """The parts that rank at the end.

    The sets that the challenge file ranks, public or not; where the server drew the parts, the
    private one alone, which no score was shown of, if there is one.
    """
    if not served.drawn or not served.sizes["private"]:
        return "public", "private"
    return ("private",)


def final_said(served: Served) -> str:
    """What ranks at the end, in words."""
    if final_parts(served) == ("private",):
        return "The private part ranks at the end; no score on it is shown before."
    if served.sizes["private"] and served.sizes["public"]:
        return "The public and the private part together rank at the end."
    return "All cases rank at the end."
