"""Everything that is kept on disk compared with its digests: a store, and model folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spgc.ct.store import SliceStore
from spgc.errors import StoreError, WorkerError
from spgc.files.drafts import Drafts, is_dead, last_change
from spgc.files.foreign_names import real_path
from spgc.files.whole import file_system_clock, write_error
from spgc.jobs.cores import jobs_for
from spgc.jobs.progress import Track, silent
from spgc.runs.store_items import (
    ANSWERS,
    MASK,
    MODEL,
    NETWORK,
    SCAN,
    STRAYS,
    Look,
    below,
    model_looks,
    store_looks,
)

STRAY = "stray"
"""Kind of what lies in the store where it does not belong, and nobody makes again."""

REPAIR = {
    SCAN: "spgc preprocess makes it again from its files, as train and predict do",
    MASK: "spgc preprocess makes it again from the stored slices, as train and predict do",
    ANSWERS: "spgc predict runs the scan again",
    NETWORK: "spgc predict converts the network again",
    MODEL: "copy the model folder again, or train again",
    STRAY: "nothing reads it; spgc store check --remove removes it",
}
"""What makes good what is damaged, by kind."""

_STORE_PARTS = frozenset({"scans", "volumes", "answers", "engines", ".drafts"})
"""What lies in the folder of a slice store."""

_UNDIGESTED = "no digest"

_REMOVABLE = (SCAN, MASK, ANSWERS, NETWORK, STRAY)

_PART, _MANY = 500, 10_000
"""Looks that a process is given at a time, and from how many on several processes are worth their
start."""


@dataclass(frozen=True)
class Damage:
    """Something that is not as it was written; `kind` is a key of `REPAIR`."""

    kind: str
    where: Path
    found: str

    @property
    def do(self) -> str:
        return REPAIR[self.kind]

    @property
    def undigested(self) -> bool:
        """Whether nothing is known to be wrong, but an older spgc wrote it, without a digest."""
        return self.found.startswith(_UNDIGESTED)

    @property
    def removable(self) -> bool:
        """Whether it can go without loss: whoever wants it makes it again."""
        return self.kind in _REMOVABLE


@dataclass(frozen=True)
class StoreReport:
    """What was looked at, by kind, and what was found.

    claims: work that other processes say they do, or said before they died (`old_claims`).
    outdated: answers that an older spgc kept and that nothing reads any more.
    """

    checked: Mapping[str, int]
    damaged: tuple[Damage, ...]
    claims: tuple[Path, ...] = ()
    old_claims: tuple[Path, ...] = ()
    outdated: tuple[Path, ...] = ()


def check_store(
    store: SliceStore, models: Sequence[Path] = (), track: Track = silent, jobs: int = 1
) -> StoreReport:
    """Compare every scan, lung mask, answer and network with its digest, byte by byte.

    Whatever is damaged is listed, not raised; nothing is changed. jobs: processes for a store of
    many scans, -1 for one per usable core. Raises StoreError when there is no store, or a folder of
    something else, and WorkerError when a process was killed.
    """
    _refuse_other_folder(store.root)
    looks = [*store_looks(store), *(look for model in models for look in model_looks(model))]
    parallel = len(looks) >= _MANY and jobs_for(jobs) > 1
    size = _PART if parallel else 1
    parts = [looks[start : start + size] for start in range(0, len(looks), size)]
    done = _in_parallel(parts, jobs) if parallel else enumerate(map(summed, parts))
    found = dict(track(done, "checking", len(parts)))
    checked: Counter[str] = Counter()
    damaged: list[Damage] = []
    for number in range(len(parts)):  # they were done in any order
        counts, wrong = found[number]
        checked.update(counts)
        damaged += wrong
    young, old = _claims(store.root / ".drafts")
    return StoreReport(checked, tuple(damaged), young, old, _outdated(store.root))


_Part = tuple[Counter[str], list[Damage]]
"""Of some items how many there are of each kind, and what is wrong."""


def summed(looks: Sequence[Look]) -> _Part:
    """What some looks find, in one: all that another process has to send."""
    items = [item for look in looks for item in look()]
    damaged = [
        Damage(STRAY if wrong in STRAYS else kind, where, wrong)
        for kind, where, wrong in items
        if wrong is not None
    ]
    return Counter(kind for kind, _, _ in items), damaged


def _in_parallel(parts: Sequence[Sequence[Look]], jobs: int) -> Iterator[tuple[int, _Part]]:
    """What each part finds, with its number, as they are done."""
    from spgc.jobs.parallel import in_parallel  # takes its time to load

    tasks = {str(number): (part,) for number, part in enumerate(parts)}
    for name, result in in_parallel(summed, tasks, jobs):
        if isinstance(result, WorkerError):
            raise result
        yield int(name), result


def _refuse_other_folder(root: Path) -> None:
    """Raise StoreError for a folder that is not there, or holds things, but none of a store's."""
    there = root.is_dir()
    if there and not (found := below(root)):
        return
    if not there or _STORE_PARTS.isdisjoint(path.name for path in found):
        raise StoreError(
            "this folder is no slice store" if there else "no such slice store",
            where=root,
            expected="a folder that spgc preprocess wrote",
            do="name it with --store",
        )


def remove_damaged(store: SliceStore, report: StoreReport) -> tuple[Path, ...]:
    """Remove what is damaged and made again by whoever wants it, and what nothing reads any more.

    Models stay as they are, and so does what lies outside, behind a link. What went is returned.
    Raises DataError when it can't be removed.
    """
    paths = [damage.where for damage in report.damaged if damage.removable]
    root = real_path(store.root)
    paths = [path for path in paths if real_path(path.parent).is_relative_to(root)]
    gone = []
    for path in (*paths, *report.outdated, *report.old_claims):
        for part in _parts(path):
            try:
                Drafts(store.root / ".drafts").discard(part)
            except OSError as error:
                raise write_error(part, error) from error
        gone.append(path)
    return tuple(gone)


def _parts(path: Path) -> tuple[Path, ...]:
    """A converted network is three files, and is gone with the first."""
    if path.suffix == ".xml":
        return path, path.with_suffix(".bin"), path.with_suffix(".digest")
    return (path,)


def _outdated(root: Path) -> tuple[Path, ...]:
    """Answers in the form that they had before they had digests."""
    endings = ("-density-*.json", "-*.safetensors")
    return tuple(sorted(p for ending in endings for p in (root / "answers").glob(f"*{ending}")))


def _claims(drafts: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Young and old ones, by the clock of the file system where it can be asked."""
    claims = [path for path in below(drafts) if path.name.startswith("claim-")]
    if not claims:
        return (), ()
    now = max(map(last_change, claims))
    with suppress(OSError):
        now = file_system_clock(drafts)
    dead = {path for path in claims if is_dead(last_change(path), now)}
    return tuple(path for path in claims if path not in dead), tuple(sorted(dead))
