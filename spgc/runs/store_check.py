"""Everything that is kept on disk compared with its digests: a store, and model folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spgc.ct.store import SliceStore
from spgc.ct.store_entry import ARRAYS, LINK, StoreEntry, leads_astray, verify_entry
from spgc.ct.stored_forms import check_entry
from spgc.ct.stored_scan import HU
from spgc.errors import SpgcError, StoreError
from spgc.files.drafts import DEAD_SECONDS, Drafts, last_change
from spgc.files.foreign_names import real_path
from spgc.files.kept import ENDINGS, DamagedError, read_kept
from spgc.files.whole import file_system_clock, is_draft, write_error
from spgc.jobs.progress import Track, silent
from spgc.model.document import file_digest, read_document
from spgc.nets.engines.compiled_files import ENDING, kept_content
from spgc.nets.engines.converted_files import check_converted
from spgc.nets.engines.int8_folder import FACTS, FOLDER, check_quantised

SCAN, MASK, ANSWERS, NETWORK, MODEL = "scan", "mask", "answers", "network", "model"
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

_ELSEWHERE, _NO_FOLDER = "it lies where another scan belongs", "no folder, where one should be"
_STRAYS = (_ELSEWHERE, _NO_FOLDER, LINK)


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


_Look = Callable[[], str | None]
"""Gives what is wrong, or None."""

_Task = tuple[str, Path, _Look]


def check_store(
    store: SliceStore, models: Sequence[Path] = (), track: Track = silent
) -> StoreReport:
    """Compare every scan, lung mask, answer and network with its digest, byte by byte.

    Whatever is damaged is listed, not raised; nothing is changed. Raises StoreError when there is
    no store, or a folder of something else.
    """
    _refuse_other_folder(store.root)
    tasks = [*_scans(store), *_answers(store.root), *_networks(store.root / "engines")]
    for model in models:
        tasks += _model(model)
    damaged = []
    for kind, where, look in track(tasks, "checking", len(tasks)):
        if (found := look()) is not None:
            damaged.append(Damage(STRAY if found in _STRAYS else kind, where, found))
    young, old = _claims(store.root / ".drafts")
    return StoreReport(
        Counter(kind for kind, _, _ in tasks), tuple(damaged), young, old, _outdated(store.root)
    )


def _refuse_other_folder(root: Path) -> None:
    """Raise StoreError for a folder that is not there, or holds things, but none of a store's."""
    there = root.is_dir()
    if there and not (found := _below(root)):
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


def _below(folder: Path) -> list[Path]:
    """What lies in a folder, sorted; nothing where it can't be looked into."""
    with suppress(OSError):
        return sorted(path for path in folder.iterdir() if not is_draft(path))
    return []


_Belongs = Callable[[str, str], StoreEntry]
"""Where an entry of a case and key belongs."""


def _scans(store: SliceStore) -> Iterator[_Task]:
    """Volumes, then masks; scans of the layout before hold both in one."""
    for folder, belongs in (("volumes", store.volume_entry), ("scans", store.mask_entry)):
        for case in _below(store.root / folder):
            if wrong := LINK if leads_astray(case) else None if case.is_dir() else _NO_FOLDER:
                yield SCAN, case, partial(str, wrong)
                continue
            for place in _below(case):
                volume = folder == "volumes" or (place / ARRAYS / HU).exists()
                yield SCAN if volume else MASK, place, partial(_damage_in, place, belongs)


def _damage_in(place: Path, belongs: _Belongs) -> str | None:
    try:
        facts = verify_entry(place)
        entry = belongs(str(facts["case_id"]), str(facts["key"]))
        if entry.folder != place:
            return _ELSEWHERE
        check_entry(entry, facts)
    except StoreError as error:
        return error.found or error.what
    return None


def _answers(root: Path) -> Iterator[_Task]:
    for path in _below(root / "answers"):
        if path.suffix in ENDINGS:
            yield ANSWERS, path, partial(_damage_of, read_kept, path)


def _outdated(root: Path) -> tuple[Path, ...]:
    """Answers in the form that they had before they had digests."""
    endings = ("-density-*.json", "-*.safetensors")
    return tuple(sorted(p for ending in endings for p in (root / "answers").glob(f"*{ending}")))


def _networks(folder: Path) -> Iterator[_Task]:
    inside = _below(folder)
    for path in inside:
        if path.suffix == ENDING:
            yield NETWORK, path, partial(_damage_of, kept_content, path)
    for path in sorted({p.with_suffix(".xml") for p in inside if p.suffix in (".xml", ".bin")}):
        yield NETWORK, path, partial(_damage_of, check_converted, path)


def _damage_of(read: Callable[[Path], object], path: Path) -> str | None:
    try:
        read(path)
    except DamagedError as error:
        return str(error)
    return None


def _model(folder: Path) -> Iterator[_Task]:
    """model.json, the files that it names, and the int8 networks beside them."""
    try:
        document = read_document(folder)
    except SpgcError as error:
        said = str(error)
        yield MODEL, folder, lambda: said
        return
    yield MODEL, folder / "model.json", lambda: None
    for name, digest in document["files"].items():
        yield MODEL, folder / name, partial(_file_damage, folder / name, digest)
    if (folder / FOLDER / FACTS).exists():
        yield MODEL, folder / FOLDER, partial(_int8_damage, folder / FOLDER)


def _file_damage(path: Path, digest: str) -> str | None:
    try:
        return None if file_digest(path) == digest else "its digest does not fit"
    except SpgcError as error:
        return error.found


def _int8_damage(folder: Path) -> str | None:
    try:
        check_quantised(folder)
    except SpgcError as error:
        return f"{error.found}; run spgc quantise again"
    return None


def _claims(drafts: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Young and old ones, by the clock of the file system where it can be asked."""
    claims = [path for path in _below(drafts) if path.name.startswith("claim-")]
    if not claims:
        return (), ()
    now = max(map(last_change, claims))
    with suppress(OSError):
        now = file_system_clock(drafts)
    ages = [(path, now - last_change(path)) for path in claims]
    young = tuple(path for path, age in ages if age <= DEAD_SECONDS)
    return young, tuple(path for path, age in ages if age > DEAD_SECONDS)
