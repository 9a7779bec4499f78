"""A kit on disk: its list of files, and reading any of them, those inside archives included."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

from spgc.challenge.challenge_file import FILE_NAME, read_challenge
from spgc.challenge.definition import Challenge, ShownBack
from spgc.data.csv_tables import read_rows
from spgc.data.manifests import Manifest, read_manifest
from spgc.errors import DataError
from spgc.files.foreign_names import place_in
from spgc.files.json_documents import read_limited
from spgc.kits.kit_files import Audience, KitFile, every_file, text_file
from spgc.version import __version__

LIST, TRUTH, PUBLIC = "kit.json", "private/truth.csv", "public"
"""In every kit: the list of its files, the truth as its scorer reads it, what participants get."""

SCHEMA = "spgc-kit/1"
MAX_BYTES = 2**28
"""Of a file of a kit."""

MOST_MEMBERS = 1_000
"""Files of an archive: each is read by itself, and the archive's list with it."""

_PACKED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, struct.error)
"""What damaged zips raise; RuntimeError: encrypted ones, and ways of packing that Python lacks."""


@dataclass(frozen=True)
class ListedFile:
    """One file as the list names it, such as `bundle.zip!/page.md`."""

    name: str
    audience: Audience
    sha256: str


def list_of(kind: str, challenge: Challenge, shown: ShownBack, files: Sequence[KitFile]) -> KitFile:
    """The list of a kit's files; shown: what the platform shows while the challenge runs."""
    listed = [
        {"name": name, "audience": one.audience, "sha256": hashlib.sha256(one.data).hexdigest()}
        for name, one in every_file(files)
    ]
    document = {
        "schema": SCHEMA,
        "kind": kind,
        "challenge": f"{challenge.key}@{challenge.digest}",
        "shown": shown,
        "version": __version__,
        "files": listed,
    }
    return text_file(LIST, json.dumps(document, indent=1) + "\n", "private")


@dataclass(frozen=True)
class WrittenKit:
    """A kit in a folder; shown: as its list says, None in one of an earlier spgc."""

    folder: Path
    kind: str
    files: tuple[ListedFile, ...]
    shown: ShownBack | None = None

    def names(self, audience: Audience | None = None) -> list[str]:
        """The names of the files, all or those of an audience."""
        return [one.name for one in self.files if audience in (None, one.audience)]

    def read(self, name: str) -> bytes:
        """What a file holds. Raises DataError where it is missing or can't be read."""
        outer, *inner = name.split("!/")
        path = place_in(self.folder, *outer.split("/"), what="file of a kit")
        try:
            data = read_limited(path, MAX_BYTES)
            for part in inner:
                data = _member(data, part)
        except (OSError, ValueError, LookupError, *_PACKED) as error:
            found = "it is missing" if isinstance(error, KeyError) else str(error)
            if isinstance(error, OSError):
                found = error.strerror or found
            raise DataError(
                f"file of the kit can't be read: {name}", where=self.folder, found=found
            ) from error
        return data

    def members(self, name: str) -> list[str]:
        """The names inside an archive. Raises DataError where it is none, or has too many."""
        try:
            with zipfile.ZipFile(io.BytesIO(self.read(name))) as opened:
                if len(names := opened.namelist()) > MOST_MEMBERS:
                    raise ValueError(f"{len(names):,} files, more than {MOST_MEMBERS:,}")
                return names
        except (OSError, ValueError, *_PACKED) as error:
            raise DataError(
                f"file of the kit is no zip: {name}", where=self.folder, found=str(error)
            ) from error

    @cached_property
    def challenge(self) -> Challenge:
        """The challenge as participants get it. Raises DataError."""
        return read_challenge(self.folder / PUBLIC / FILE_NAME)

    @cached_property
    def truth(self) -> Manifest:
        """The cases in their public order, with classes. Raises DataError."""
        known = read_manifest(self.folder / PUBLIC / "cases.csv", self.challenge)
        labels = {
            row["case"]: self.challenge.class_named(row["label"])
            for row in read_rows(self.folder / TRUTH, "truth of a kit", ("case", "label"))
        }
        return labelled(known, labels)


def labelled(known: Manifest, labels: dict[str, str | None]) -> Manifest:
    """The cases with their classes. Raises DataError for a case without one."""
    lacking = [case.case_id for case in known if labels.get(case.case_id) is None]
    if lacking or len(labels) != len(known):
        raise DataError(
            "the truth of the kit is not of its cases",
            found=lacking[0] if lacking else f"{len(labels)} rows for {len(known)} cases",
            expected="one class for each case",
        )
    return replace(known, cases={c.case_id: replace(c, label=labels[c.case_id]) for c in known})


def _member(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        if opened.getinfo(name).file_size > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES:,} bytes")
        return opened.read(name)


def read_kit(folder: Path) -> WrittenKit:
    """The kit in a folder. Raises DataError for a folder that holds none."""
    path = folder / LIST
    try:
        document: Any = json.loads(read_limited(path, MAX_BYTES))
        files = tuple(ListedFile(**one) for one in document["files"])
        shown = document.get("shown")
        good = document["schema"] == SCHEMA and all(_good(one) for one in files)
        good = good and (shown is None or shown in get_args(ShownBack))
        kind = str(document["kind"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        found = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise DataError(
            "folder holds no kit",
            where=path,
            found=found,
            expected=f"the list that spgc kit writes, {LIST}",
            do="spgc kit makes one from a challenge",
        ) from error
    if not good:
        raise DataError("list of a kit is damaged", where=path, expected=SCHEMA)
    return WrittenKit(folder, kind, files, shown)


def _good(one: ListedFile) -> bool:
    texts = all(isinstance(part, str) for part in (one.name, one.audience, one.sha256))
    return texts and one.audience in ("public", "private")
