"""The record beside a submission (JSON): which model it came from.

It names files by name and SHA-256, so that a file edited since has no model any more.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.errors import DataError
from spgc.files.foreign_names import refuse_name
from spgc.files.hashes import file_hash
from spgc.files.json_documents import MAX_RECORD, is_writable, read_json, read_limited
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.files.whole import write_text, write_together
from spgc.submissions.lines import MAX_BYTES

FILE_NAME = "submission.run.json"

LEARNT = "learnt_with_labels"
"""Field of a record: cases that the model was trained on beyond the training split."""

TRAINED = "trained_on"
"""Field of a record: cases of the model's training split; absent where it does not name them."""

CHOSEN = "chosen_by"
"""Field of a record: cases by which an epoch, a threshold or a member of the model was chosen."""

_TAG = re.compile(r"\.(\d+of\d+)\.csv$")
_ALL_SHARDS = "submission.*of*.run.json"

_DIGITS = 12
"""Hex digits of the model's hash that a signature shows."""

_CONVERSION = re.compile(r"[a-z0-9]{1,8}-[0-9a-f]{12}")
"""What networks were made into before they answered: `int8-` and the hash of its record."""


def write_record(
    files: Sequence[Path], model_hash: str, facts: Mapping[str, Any], tag: str = ""
) -> Path:
    """Write the record of `files`, which lie in one folder; return its path.

    tag: that of a shard, which stands in the names of its files (`submission.2of8.csv`).
    """
    path = files[0].parent / _name(tag)
    write_text(
        path, _record_text({file.name: file_hash(file) for file in files}, model_hash, facts)
    )
    return path


def write_with_record(
    texts: Mapping[Path, str], model_hash: str, facts: Mapping[str, Any], tag: str = ""
) -> Path:
    """Write submissions, which lie in one folder, with their record; return its path.

    The record comes first: no submission ever lies there without its marks. Raises DataError.
    """
    path = next(iter(texts)).parent / _name(tag)
    digests = {
        file.name: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        for file, text in texts.items()
    }
    write_together({path: _record_text(digests, model_hash, facts), **texts})
    return path


def _record_text(digests: Mapping[str, str], model_hash: str, facts: Mapping[str, Any]) -> str:
    record = {"model_hash": model_hash, **facts, "files": dict(digests)}
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Record:
    """A shard's record and where it lies."""

    path: Path
    facts: Mapping[str, Any]

    def plain_names(self) -> list[str]:
        """Its files' names without the shard's tag: `submission.csv`, `submission-SPLIT.csv`."""
        return [_TAG.sub(".csv", name) for name in self.facts["files"]]

    def file(self, plain: str) -> Path | None:
        """The file that would be called `plain` without the tag; None when it has none."""
        for name in self.facts["files"]:
            if _TAG.sub(".csv", name) == plain:
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


def read_records(folders: Sequence[Path]) -> list[Record]:
    """The records of all shards in `folders`, by name. Raises DataError for a damaged one."""
    return [_shard_record(path) for folder in folders for path in sorted(folder.glob(_ALL_SHARDS))]


def _shard_record(path: Path) -> Record:
    try:
        facts = read_json(path, MAX_RECORD)
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
    return Record(path, facts)


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


def _name(tag: str) -> str:
    return FILE_NAME.replace(".run", f"{tag}.run")


def model_of(files: Sequence[GivenFile]) -> str | None:
    """Hash of the model that all of `files` came from; None when that is not known.

    `HASH+int8-HASH` where the networks were quantised: other weights, other answers.
    A missing, damaged or outdated record means that it is not known.
    """
    known = {_model_of(file) for file in files}
    return known.pop() if len(known) == 1 else None


def marked_cases(files: Sequence[GivenFile], field: str) -> set[str]:
    """Cases that the records of `files` name under `field`.

    "transductive": the model's training was shown them without labels; "filled_in": nothing
    answered them, and a class was written all the same; `TRAINED` and `CHOSEN`: the model was
    trained on them, or chosen by them.
    """
    marked: set[str] = set()
    for file in files:
        cases = (record_of(file) or {}).get(field)
        if isinstance(cases, list | dict):
            marked.update(case for case in cases if isinstance(case, str))
    return marked


def says_trained(files: Sequence[GivenFile]) -> bool:
    """Whether the record of each of `files` says which of its cases the model was trained on."""
    return all(isinstance((record_of(file) or {}).get(TRAINED), list) for file in files)


def _model_of(file: GivenFile) -> str | None:
    record = record_of(file) or {}
    model, conversion = record.get("model_hash"), record.get("conversion", "")
    if not (isinstance(model, str) and model.isalnum() and isinstance(conversion, str)):
        return None
    if not conversion:
        return model[:_DIGITS]
    good = _CONVERSION.fullmatch(conversion)
    return f"{model[:_DIGITS]}+{conversion}" if good else None


def record_of(file: GivenFile) -> dict[str, Any] | None:
    """The record beside `file`, if it is whole and speaks of the file as it is now."""
    if isinstance(file, StandardInput):
        return None
    match = _TAG.search(file.name)
    path = file.parent / _name(f".{match.group(1)}" if match else "")
    try:
        record = read_json(path, MAX_RECORD)
        return dict(record) if record["files"][file.name] == file_hash(file) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
