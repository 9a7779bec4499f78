"""The start of a network's training: from first weights, or from what an earlier run left.

What is finished or begun needs no weight file again: the SHA-256 of the one that it started from
is stored with it. Where a file is at hand, its content decides which training it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from spgc.errors import ModelError
from spgc.files.hashes import facts_digest
from spgc.nets.training.checkpoint import stored_facts
from spgc.nets.training.saved_progress import check_progress


class FirstWeights(Protocol):
    """The weights that a training starts from."""

    def digest(self) -> str | None:
        """SHA-256 of their file on this machine, "" for a random start; None for no file."""

    def fetch(self) -> None:
        """Get the file. Raises ModelError when it can't be had."""


class RandomStart:
    """A random start by the training's seed, which needs no file."""

    def digest(self) -> str:
        return ""

    def fetch(self) -> None:
        return


def final_file(folder: Path, network: str) -> Path:
    return folder / f"{network}.safetensors"


def best_file(folder: Path, network: str) -> Path:
    """The weights of the best evaluation."""
    return folder / f"{network}.best.safetensors"


def draft_file(folder: Path, network: str) -> Path:
    """What going on needs, while training is unfinished."""
    return folder / f"{network}.progress.safetensors"


def anything_left(folder: Path, network: str) -> bool:
    """Whether an earlier run left something of this network, finished or not."""
    return final_file(folder, network).is_file() or draft_file(folder, network).is_file()


def fingerprint(facts: Mapping[str, Any], start: str = "") -> str:
    """Hash of everything that decides the result: same hash, same training.

    facts: settings and data, ready for JSON; start: SHA-256 of the file of first weights, empty
    for a random start.
    """
    known = dict(facts) | ({"start": start} if start else {})
    return facts_digest(known)


@dataclass(frozen=True)
class Start:
    """mark: the training's fingerprint; weights: SHA-256 of its first weights, empty for none.

    finished: it only has to be read back; begun: it goes on, with the `least` items of a last
    batch that it was begun with.
    """

    mark: str
    weights: str
    finished: bool
    begun: bool
    least: int | None

    @property
    def old(self) -> bool:
        """Whether its weights are read back, so that first ones are not needed."""
        return self.finished or self.begun


def start_of(
    network: str,
    facts: Mapping[str, Any],
    weights: FirstWeights,
    folder: Path,
    *,
    best: bool = False,
) -> Start | None:
    """How training begins; None when it needs a weight file that is not on this machine.

    best: it is only finished where the weights of its best evaluation are there as well. Raises
    ModelError for files that are damaged, or whose facts no training of this spgc has.
    """
    final, draft = final_file(folder, network), draft_file(folder, network)
    stored = {path: stored_facts(path) for path in (final, draft)}
    here = weights.digest()
    noted = [known["start"] for known in stored.values() if known.get("start")]
    for digest in noted if here is None else [here]:
        mark = fingerprint(facts, digest)
        same = {path: known for path, known in stored.items() if known.get("fingerprint") == mark}
        if same or here is not None:
            check_progress(same.get(draft, {}), draft)
            least = same.get(draft, {}).get("least")
            whole = not best or stored_facts(best_file(folder, network)).get("fingerprint") == mark
            begun = draft in same and (not best or _best_is_there(same[draft], folder, network))
            return Start(mark, digest, final in same and whole, begun, least if begun else None)
    return None


def _best_is_there(progress: Mapping[str, Any], folder: Path, network: str) -> bool:
    """Whether the weights of the best evaluation so far lie beside the progress made."""
    step = progress.get("state", {}).get("best_step", -1)
    return step < 0 or best_is_of(folder, network, str(progress.get("fingerprint")), step)


def best_is_of(folder: Path, network: str, mark: str, step: int) -> bool:
    """Whether the best weights are of training `mark`, from its step `step` or a later one.

    Another training that was begun in the folder since, and got no further, has replaced them.
    """
    try:
        known = stored_facts(best_file(folder, network))
        return known.get("fingerprint") == mark and int(known.get("step", -1)) >= step
    except (ModelError, TypeError, ValueError):
        return False


def start_with_weights(
    network: str,
    facts: Mapping[str, Any],
    weights: FirstWeights,
    folder: Path,
    *,
    best: bool = False,
) -> Start:
    """The same, with a weight file fetched where one is needed. Raises ModelError if it fails."""
    start = start_of(network, facts, weights, folder, best=best)
    if start is None:
        weights.fetch()
        return start_with_weights(network, facts, weights, folder, best=best)
    return start
