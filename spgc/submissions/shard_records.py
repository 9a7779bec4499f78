"""Records beside the parts of a submission that `spgc predict --shard` wrote, for joining them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.errors import DataError
from spgc.files.foreign_names import refuse_name
from spgc.files.json_documents import is_writable, read_limited
from spgc.submissions.lines import MAX_BYTES
from spgc.submissions.record import TAG
from spgc.submissions.record_digest import read_checked

_ALL_SHARDS = "submission.*of*.run.json"


@dataclass(frozen=True)
class ShardRecord:
    """A shard's record and where it lies."""

    path: Path
    facts: Mapping[str, Any]

    def plain_names(self) -> list[str]:
        """Its files' names without the shard's tag: `submission.csv`, `submission-SPLIT.csv`."""
        return [TAG.sub(".csv", name) for name in self.facts["files"]]

    def file(self, plain: str) -> Path | None:
        """The file that would be called `plain` without the tag; None when it has none."""
        for name in self.facts["files"]:
            if TAG.sub(".csv", name) == plain:
                return self.path.parent / str(name)
        return None

    def text(self, path: Path) -> str:
        """A file's text. Raises DataError when it is missing or has changed since."""
        try:
            content = read_limited(path, MAX_BYTES)
            if self.facts["files"][path.name] == hashlib.sha256(content).hexdigest():
                return content.decode("utf-8")
            found = "another content"
        except OSError as error:
            found = error.strerror or "no such file"
        except UnicodeDecodeError:
            found = "no UTF-8 text"
        except ValueError as error:
            found = str(error)
        raise DataError(
            "part has changed since it was predicted",
            where=path,
            found=found,
            expected=f"the file that {self.path.name} names",
            do="predict this part again",
        )


def read_records(folders: Sequence[Path]) -> list[ShardRecord]:
    """The records of all shards in `folders`, by name. Raises DataError for a damaged one."""
    return [_shard_record(path) for folder in folders for path in sorted(folder.glob(_ALL_SHARDS))]


def _shard_record(path: Path) -> ShardRecord:
    try:
        facts = read_checked(path)
        files, order = facts["files"], facts["order"]
        good = isinstance(files, dict) and isinstance(order, list)
        if not good or not all(isinstance(v, str) for v in (facts["model_hash"], *order)):
            raise ValueError("fields of the wrong kind")
        if not is_writable(facts):
            raise ValueError("text or a number that JSON does not have")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            "can't read the record of a part",
            where=path,
            found=type(error).__name__,
            expected="what spgc predict --shard wrote",
            do="predict this part again",
        ) from error
    for name in files:
        _refuse_foreign_file(name, path)
    return ShardRecord(path, facts)


def _refuse_foreign_file(name: str, record: Path) -> None:
    """A record names the submissions that lie beside it, and `merge` calls its own files so."""
    refuse_name(name, "file of a part", record)
    tag = record.name.removeprefix("submission").removesuffix(".run.json")
    if not (name.startswith(("submission.", "submission-")) and name.endswith(f"{tag}.csv")):
        raise DataError(
            "record names a file that is no part of a submission",
            where=record,
            found=repr(name),
            expected=f"submission{tag}.csv or submission-SPLIT{tag}.csv",
            do="predict this part again",
        )
