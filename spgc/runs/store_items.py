"""What `spgc store check` verifies: scans, lung masks, cached answers, networks and models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from spgc.ct.store import SliceStore
from spgc.ct.store_entry import ARRAYS, LINK, leads_astray, verify_entry
from spgc.ct.stored_forms import check_entry
from spgc.ct.stored_scan import HU
from spgc.errors import SpgcError, StoreError
from spgc.files.kept import ENDINGS, DamagedError, read_kept
from spgc.files.whole import is_draft
from spgc.model.document import file_digest, read_document
from spgc.nets.engines.compiled_files import ENDING, kept_content
from spgc.nets.engines.converted_files import check_converted
from spgc.nets.engines.int8_folder import FACTS, FOLDER, check_quantised

SCAN, MASK, ANSWERS, NETWORK, MODEL = "scan", "mask", "answers", "network", "model"
"""Kinds of items."""

Checked = tuple[str, Path, str | None]
"""Kind and place of one item, and what is wrong with it, None where it is as it was written."""

Look = Callable[[], Sequence[Checked]]
"""Checks an item, or all of one case. Other processes can take it over."""

_ELSEWHERE, _NO_FOLDER = "it lies where another scan belongs", "no folder, where one should be"

STRAYS = (_ELSEWHERE, _NO_FOLDER, LINK)
"""What is wrong with what lies where it does not belong, so that nobody makes it again."""


def store_looks(store: SliceStore) -> Iterator[Look]:
    """Volumes, then masks, answers and networks, each sorted by name."""
    for folder in ("volumes", "scans"):
        for case in below(store.root / folder):
            yield partial(_case, store, case)
    for path in below(store.root / "answers"):
        if path.suffix in ENDINGS:
            yield partial(_kept, ANSWERS, read_kept, path)
    yield from _networks(store.root / "engines")


def model_looks(folder: Path) -> Iterator[Look]:
    """model.json, the files that it names, and the int8 networks beside them."""
    try:
        document = read_document(folder)
    except SpgcError as error:
        yield partial(_known, (MODEL, folder, str(error)))
        return
    yield partial(_known, (MODEL, folder / "model.json", None))
    for name, digest in document["files"].items():
        yield partial(_model_file, folder / name, digest)
    if (folder / FOLDER / FACTS).exists():
        yield partial(_int8, folder / FOLDER)


def below(folder: Path) -> list[Path]:
    """What lies in a folder, sorted; nothing where it can't be looked into."""
    with suppress(OSError):
        return sorted(path for path in folder.iterdir() if not is_draft(path))
    return []


def _case(store: SliceStore, case: Path) -> Sequence[Checked]:
    """The entries of a case: volumes or masks; scans of the layout before hold both in one."""
    if wrong := LINK if leads_astray(case) else None if case.is_dir() else _NO_FOLDER:
        return [(SCAN, case, wrong)]
    volumes = case.parent.name == "volumes"
    return [_entry(store, place, volumes) for place in below(case)]


def _entry(store: SliceStore, place: Path, volume: bool) -> Checked:
    found = _damage_in(store, place, volume)
    return SCAN if volume or (place / ARRAYS / HU).exists() else MASK, place, found


def _damage_in(store: SliceStore, place: Path, volume: bool) -> str | None:
    belongs = store.volume_entry if volume else store.mask_entry
    try:
        facts = verify_entry(place)
        entry = belongs(str(facts["case_id"]), str(facts["key"]))
        if entry.folder != place:
            return _ELSEWHERE
        check_entry(entry, facts)
    except StoreError as error:
        return error.found or error.what
    return None


def _networks(folder: Path) -> Iterator[Look]:
    inside = below(folder)
    for path in inside:
        if path.suffix == ENDING:
            yield partial(_kept, NETWORK, kept_content, path)
    for path in sorted({p.with_suffix(".xml") for p in inside if p.suffix in (".xml", ".bin")}):
        yield partial(_kept, NETWORK, check_converted, path)


def _kept(kind: str, read: Callable[[Path], object], path: Path) -> Sequence[Checked]:
    try:
        read(path)
    except DamagedError as error:
        return [(kind, path, str(error))]
    return [(kind, path, None)]


def _known(checked: Checked) -> Sequence[Checked]:
    return [checked]


def _model_file(path: Path, digest: str) -> Sequence[Checked]:
    try:
        wrong = None if file_digest(path) == digest else "its digest does not fit"
    except SpgcError as error:
        wrong = error.found
    return [(MODEL, path, wrong)]


def _int8(folder: Path) -> Sequence[Checked]:
    try:
        check_quantised(folder)
    except SpgcError as error:
        return [(MODEL, folder, f"{error.found}; run spgc quantise again")]
    return [(MODEL, folder, None)]
