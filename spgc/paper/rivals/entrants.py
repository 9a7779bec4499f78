"""Which systems compete, each with the options that it is trained with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spgc.contract.offers import BUILT_IN
from spgc.contract.system import RunSettings, System
from spgc.errors import SpgcError, UsageError
from spgc.systems.options import split_pairs
from spgc.systems.registry import system_named
from spgc.systems.slice_options import WEIGHTS, weights_folder

PRESETS = ("paper", "demo")


@dataclass(frozen=True)
class Entrant:
    """A system and its options; `problem` says why it can't be had here."""

    name: str
    options: Mapping[str, str]
    problem: SpgcError | None = None

    def create(self, run: RunSettings) -> System:
        """The untrained system. Raises what `system_named` and `System.create` do."""
        return system_named(self.name).create(self.options, run)


def entrants(
    systems: Sequence[str],
    preset: str,
    seed: int,
    weights: str | None,
    pairs: Sequence[str],
    run: RunSettings,
) -> tuple[Entrant, ...]:
    """The systems, all built-in systems when none is named, each once.

    preset, seed and weights go to every system that has such an option, ImageNet's weights to those
    that can start from them; pairs: options of one system, `SYSTEM.NAME=VALUE`. Raises UsageError
    for unknown systems and for options that make no sense; a system that can't be had for another
    reason stays, with its problem.
    """
    if preset not in PRESETS:
        raise UsageError("unknown preset", found=repr(preset), expected=" | ".join(PRESETS))
    names = tuple(dict.fromkeys(systems)) or tuple(BUILT_IN)
    weights_folder(weights)
    own = _own_options(names, pairs)
    shared = {"preset": preset, "seed": str(seed), "weights": weights}
    given = {name: text for name, text in shared.items() if text is not None}
    return tuple(_entrant(name, given, own.get(name, {}), run) for name in names)


def _entrant(
    name: str, shared: Mapping[str, str], own: Mapping[str, str], run: RunSettings
) -> Entrant:
    options: dict[str, str] = dict(own)
    try:
        known = system_named(name).options()
        left_out = () if _takes(name, shared.get("weights")) else ("weights",)
        usual = {n: text for n, text in shared.items() if n in known and n not in left_out}
        options = usual | options
    except UsageError:
        raise
    except SpgcError as error:
        return Entrant(name, options, error)
    entrant = Entrant(name, options)
    try:
        entrant.create(run)
    except SpgcError as error:
        if own and isinstance(error, UsageError):
            raise
        return Entrant(name, options, error)
    return entrant


def _own_options(names: Sequence[str], pairs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Options by system."""
    found: dict[str, dict[str, str]] = {}
    spelled = {name.replace("-", "_"): name for name in names}  # as `split_pairs` gives them
    for whole, text in split_pairs(pairs).items():
        word, _, option = whole.partition(".")
        name = spelled.get(word)
        if not option or name is None:
            raise UsageError(
                "option of no system that competes",
                found=repr(whole),
                expected=" | ".join(f"{system}.NAME=VALUE" for system in names),
            )
        found.setdefault(name, {})[option] = text
    return found


def _takes(name: str, weights: str | None) -> bool:
    """Whether a system may start from such weights: some have none of ImageNet's."""
    kinds: Sequence[str] = getattr(system_named(name), "weight_kinds", WEIGHTS)
    return weights not in WEIGHTS or weights in kinds
