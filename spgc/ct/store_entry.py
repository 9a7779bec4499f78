"""One entry of the slice store: arrays in Zarr, and facts with the digests of all their files.

`arrays.zarr` is a Zarr 3 group, one compressed, checksummed chunk a slice, 64 to a file;
`scan.json` holds the rest, the digests of all files, and a digest of itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zarr
from numpy.typing import NDArray
from zarr.codecs import BloscCodec, Crc32cCodec

from spgc.ct.file_sizes import file_sizes
from spgc.errors import StoreError
from spgc.files.foreign_names import real_path
from spgc.files.hashes import facts_digest, file_hash
from spgc.files.json_documents import MAX_FACTS, read_json
from spgc.jobs.interrupts import stops_wait

ARRAYS, FACTS = "arrays.zarr", "scan.json"
"""What an entry's folder holds."""

FILE_SLICES = 64
"""Slices in one file: few files per scan, and writing takes no more memory for longer ones."""

NOT_AS_WRITTEN = f"{FACTS}: not what was written"
"""What is found where an entry's facts can't be those that were written with it."""

LINK = "a link to the folder of another scan"
"""What is found where `leads_astray`."""

_NAMED = frozenset({"case_id", "key", "bytes"})
_DIGESTS = frozenset({"sha256", "digest"})


@dataclass(frozen=True)
class StoreEntry:
    """Where an entry of the store lies, and what has to be there: `key` of the case `case_id`."""

    folder: Path
    case_id: str
    key: str

    def facts(self, needed: frozenset[str] = frozenset()) -> dict[str, Any]:
        """What is told of it. Raises StoreError, also when another one lies in its place."""
        self._refuse_link()
        return self._own(read_facts(self.folder, needed))

    def verify(self) -> dict[str, Any]:
        """The same, every byte compared with what was written."""
        self._refuse_link()
        return self._own(verify_entry(self.folder))

    def lies(self) -> bool:
        """Whether anything lies in its place, whole or not."""
        return os.path.lexists(self.folder) or self.folder.parent.is_symlink()

    def misplaced(self, facts: Mapping[str, Any]) -> StoreError:
        """The error for another entry in its place."""
        key = str(facts["key"])[:12]
        return damaged(self.folder, f"{facts['case_id']}, {key}…, which belongs elsewhere")

    def _refuse_link(self) -> None:
        """Raise StoreError where the case's folder is a link to another's: what lies there is its.

        Two cases in one folder would push each other out.
        """
        if leads_astray(self.folder.parent):
            raise damaged(self.folder.parent, LINK)

    def _own(self, facts: dict[str, Any]) -> dict[str, Any]:
        if (facts["case_id"], facts["key"]) != (self.case_id, self.key):
            raise self.misplaced(facts)
        return facts


def leads_astray(case: Path) -> bool:
    """Whether the folder of a case is a link to a folder of another name."""
    return case.is_symlink() and real_path(case).name != case.name


def write_entry(
    folder: Path, told: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write arrays (S, H, W) by name, and what is told of them, into an empty folder."""
    with stops_wait():  # Zarr writes in threads of its own
        write_arrays(folder / ARRAYS, arrays)
    sizes = file_sizes(folder / ARRAYS)
    facts = {
        **told,
        "bytes": sizes,
        "sha256": {name: file_hash(folder / ARRAYS / name) for name in sizes},
    }
    facts["digest"] = facts_digest(facts)
    (folder / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")


def write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    group = zarr.open_group(folder, mode="w", zarr_format=3)
    for name, array in arrays.items():
        stored = group.create_array(
            name,
            shape=array.shape,
            dtype=array.dtype,
            chunks=(1, *array.shape[1:]),
            shards=(min(FILE_SLICES, len(array)), *array.shape[1:]),
            compressors=(BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle"), Crc32cCodec()),
        )
        for start in range(0, len(array), FILE_SLICES):  # else Zarr holds all files in memory
            stored[start : start + FILE_SLICES] = array[start : start + FILE_SLICES]


def read_facts(folder: Path, needed: Collection[str] = ()) -> dict[str, Any]:
    """What is told of an entry's arrays: the content of `scan.json`, with all that is `needed`.

    Raises StoreError when it is missing or not as it was written.
    """
    try:
        facts = dict(read_json(folder / FACTS, MAX_FACTS))
    except FileNotFoundError as error:
        if folder.is_dir():
            raise damaged(folder, f"no {FACTS}") from error
        raise StoreError(
            "scan is not in the slice store",
            where=folder,
            do="run `spgc preprocess`",
        ) from error
    except OSError as error:
        raise damaged(folder, f"{FACTS}: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise damaged(folder, NOT_AS_WRITTEN) from error
    if not facts.keys() >= _NAMED.union(needed):
        raise damaged(folder, NOT_AS_WRITTEN)
    if not facts.keys() >= _DIGESTS:
        raise damaged(folder, "no digests: stored by an older spgc, it can't be checked")
    if facts["digest"] != facts_digest(facts) or not isinstance(facts["sha256"], dict):
        raise damaged(folder, f"{FACTS} is not as it was written")
    return facts


def verify_entry(folder: Path) -> dict[str, Any]:
    """The facts of an entry, every byte of it compared with what was written.

    Raises StoreError when it is not there, damaged, or was stored without digests.
    """
    facts = read_facts(folder)
    _check_sizes(folder, facts)
    _check_digests(folder, facts)
    return facts


def check_described(folder: Path, facts: Mapping[str, Any]) -> None:
    """Raise StoreError unless what describes an entry's arrays is as it was written.

    Their slices have checksums inside.
    """
    _check_sizes(folder, facts)  # a missing file holds zeroes
    _check_digests(folder, facts, only=_describes)


def open_array(folder: Path, name: str) -> Any:
    """One array of an entry, as Zarr reads it."""
    return zarr.open_group(folder / ARRAYS, mode="r")[name]


def _check_sizes(folder: Path, facts: Mapping[str, Any]) -> None:
    try:
        sizes = file_sizes(folder / ARRAYS)
    except OSError as error:
        raise damaged(folder, error.strerror) from error
    if facts["bytes"] != sizes:
        raise damaged(folder, "files that are missing, cut or too many")


def _check_digests(
    folder: Path, facts: Mapping[str, Any], only: Callable[[str], bool] = lambda _: True
) -> None:
    arrays = folder / ARRAYS
    for name, digest in facts["sha256"].items():
        if not only(name):
            continue
        try:
            same = file_hash(arrays / name) == digest
        except OSError as error:
            raise damaged(folder, f"{name}: {error.strerror}") from error
        if not same:
            raise damaged(folder, f"{name} is not as it was written")


def _describes(name: str) -> bool:
    """Whether a file of the arrays tells what the others hold; those have checksums inside."""
    return name.endswith(".json")


@contextmanager
def damage_named(folder: Path) -> Iterator[None]:
    """Zarr and its codecs raise many types for damaged files: all mean one thing."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        raise damaged(folder, f"{type(error).__name__} while reading slices") from error


def damaged(folder: Path, found: str | None) -> StoreError:
    """The error for an entry that is not as it was stored."""
    return StoreError(
        "scan in the slice store is damaged",
        where=folder,
        found=found,
        expected="what was stored",
        do="run `spgc preprocess`, which makes it again",
    )
