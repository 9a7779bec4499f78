"""What a shell offers for the values of options: splits, systems, presets, scenarios, teams."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spgc.board.published_answers import published_answers
from spgc.board.ranking import sorts_of
from spgc.challenge.definition import Challenge
from spgc.challenge.set_words import EVERY_SPLIT
from spgc.challenge.spgc_challenge import challenge_given
from spgc.contract.offers import registered
from spgc.data.manifests import read_manifests
from spgc.errors import SpgcError

DEVICES = ("auto", "cpu", "cuda", "mps")
ENGINES = ("auto", "openvino", "torch")
PRECISIONS = ("auto", "bf16", "fp16", "fp32", "int8", "tf32")
LUNGS = ("none", "r231", "watershed-closed", "watershed-one-region", "watershed-two-regions")
TABLES = ("all", "rivals", *(f"table{n}" for n in range(1, 6)))


def splits(ctx: Any, incomplete: str) -> list[str]:
    """The challenge's splits, and those of the manifests that the line names."""
    named, known = _named(ctx, "manifests"), challenge_of(ctx).sets
    own: set[str] = set()
    if named is not None:
        try:
            own = {case.split for case in read_manifests(Path(named), challenge_of(ctx))}
        except SpgcError:  # the command will say so
            own = set()
    return starting([*known, *sorted(own - set(known))], incomplete)


def sets(ctx: Any, incomplete: str) -> list[str]:
    """Splits, and the names that pool several."""
    pools = [*challenge_of(ctx).pools, EVERY_SPLIT]
    return [*splits(ctx, incomplete), *starting(pools, incomplete)]


def challenge_of(ctx: Any) -> Challenge:
    """The challenge that the line names; the one that comes with spgc where it names none."""
    try:
        return challenge_given(_named(ctx, "challenge"))
    except SpgcError:  # the command will say so
        return challenge_given(None)


def _named(ctx: Any, option: str) -> Any:
    """What the line says so far under an option."""
    return ctx.params.get(option) if ctx is not None else None


def systems(incomplete: str) -> list[str]:
    """The installed systems."""
    return starting([offer.name for offer in registered()], incomplete)


def teams(ctx: Any, incomplete: str) -> list[str]:
    """Teams whose predictions are published, and files as the shell finds them."""
    files = [str(path) for path in Path().glob("*.csv")]
    try:
        known = [one.team for one in published_answers(challenge_of(ctx))]
    except SpgcError:  # the command will say so
        known = []
    return starting(known + files, incomplete)


def label_classes(ctx: Any, incomplete: str) -> list[str]:
    """The classes that a label of `--labels` may stand for: `1=` becomes `1=rose`."""
    head, sign, start = incomplete.rpartition("=")
    written = challenge_of(ctx).written.values() if sign else ()
    return [f"{head}={word}" for word in starting(list(written), start)]


def of_system(option: str) -> Any:
    """What to offer for a system's own option; None where nothing is known of it."""
    return {
        "lung_method": lung_methods,
        "lungs": lung_methods,
        "preset": presets,
        "scenario": scenarios,
        "weights": weights,
    }.get(option)


def starting(words: Sequence[str], incomplete: str) -> list[str]:
    """Those of `words` that begin with what was typed."""
    return [word for word in words if word.startswith(incomplete)]


def devices(incomplete: str) -> list[str]:
    return starting(DEVICES, incomplete)


def engines(incomplete: str) -> list[str]:
    return starting(ENGINES, incomplete)


def precisions(incomplete: str) -> list[str]:
    return starting(PRECISIONS, incomplete)


def lung_methods(incomplete: str) -> list[str]:
    return starting(LUNGS, incomplete)


def tables(incomplete: str) -> list[str]:
    return starting(TABLES, incomplete)


def presets(incomplete: str) -> list[str]:
    return starting(("demo", "paper"), incomplete)


def scenarios(incomplete: str) -> list[str]:
    return starting([name for name in TABLES if name.startswith("table")], incomplete)


def weights(incomplete: str) -> list[str]:
    return starting(("imagenet", "none"), incomplete)


def orders(ctx: Any, incomplete: str) -> list[str]:
    return starting(sorted((*sorts_of(challenge_of(ctx)), "team")), incomplete)


def sizes(incomplete: str) -> list[str]:
    return starting(("demo", "easy", "full", "ranked", "tiny"), incomplete)
