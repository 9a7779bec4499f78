"""The record beside a submission (JSON): which model it came from.

It names files by name and SHA-256, so that a file edited since has no model any more, and a renamed
one still has its marks.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from spgc.errors import UsageError
from spgc.files.hashes import file_hash
from spgc.files.held_folder import held_folder
from spgc.files.json_documents import MAX_RECORD, is_writable
from spgc.files.regular import is_listed
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.files.whole import write_text, write_together
from spgc.submissions.record_digest import read_checked, with_digest

FILE_NAME = "submission.run.json"

LEARNT = "learnt_with_labels"
"""Field of a record: cases that the model was trained on beyond the training split."""

TRAINED = "trained_on"
"""Field of a record: cases of the model's training split; absent where it does not name them."""

CHOSEN = "chosen_by"
"""Field of a record: cases by which an epoch, a threshold or a member of the model was chosen."""

EARLIER = "earlier"
"""Field of a record: those of earlier runs whose files, of other splits, still lie beside it."""

TAG = re.compile(r"\.(\d+of\d+)\.csv$")
"""What stands in the names of a shard's files: `submission.2of8.csv`."""

_SHOWN = 100
"""Letters of what is wrong with a record."""

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
    write_text(path, _record_text(path, {f.name: file_hash(f) for f in files}, model_hash, facts))
    return path


def write_with_record(
    texts: Mapping[Path, str],
    model_hash: str,
    facts: Mapping[str, Any],
    tag: str = "",
    say: Callable[[str], object] = lambda _: None,
) -> Path:
    """Write submissions, which lie in one folder, with their record; return its path.

    The record comes first: no submission ever lies there without its marks, nor do those of other
    splits lose theirs, which another process may be writing at this moment: it is waited for, and
    `say` is told. Raises DataError, and UsageError where earlier runs' records are too long.
    """
    path = next(iter(texts)).parent / _name(tag)
    digests = {
        file.name: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        for file, text in texts.items()
    }
    with held_folder(path.parent, say):
        if damage := damage_of(path):
            say(f"{path} is damaged ({damage}): what it says of other files is lost")
        write_together({path: _record_text(path, digests, model_hash, facts), **texts})
    return path


def _record_text(
    path: Path, digests: Mapping[str, str], model_hash: str, facts: Mapping[str, Any]
) -> str:
    record = {"model_hash": model_hash, **facts, "files": dict(digests)}
    if earlier := _earlier(path, digests):
        record[EARLIER] = earlier
    text = json.dumps(with_digest(record), indent=2, ensure_ascii=False) + "\n"
    if earlier and len(text.encode("utf-8", "surrogatepass")) > MAX_RECORD:
        raise UsageError(
            "the folder holds submissions of too many other runs for one record",
            where=path.parent,
            do="name another folder with --out; what was predicted is kept",
        )
    return text


def _earlier(path: Path, new: Collection[str]) -> list[dict[str, Any]]:
    """What the record at `path` says of files that are not written anew, renamed ones as well."""
    found = []
    for record in _records_at(path):
        files = record["files"].items()
        stay = {name: d for name, d in files if name not in new and name == Path(name).name}
        if stay and is_writable(record):
            found.append({**record, "files": stay})
    return found


def _records_at(path: Path) -> list[dict[str, Any]]:
    """The last run's record and those of earlier ones; none where it is missing or damaged."""
    try:
        return _parts_at(path)
    except (OSError, ValueError, TypeError):
        return []


def _parts_at(path: Path) -> list[dict[str, Any]]:
    """The last run's record and those of earlier ones. Raises OSError, ValueError, TypeError."""
    record = read_checked(path)
    if not isinstance(record.get("files"), dict):
        raise ValueError("it names no files")
    found = [record, *map(dict, record.pop(EARLIER, ()))]
    return [one for one in found if isinstance(one.get("files"), dict) and EARLIER not in one]


def damage_of(path: Path) -> str | None:
    """What is wrong with the record at `path`; None where it is whole, or there is none."""
    if not is_listed(path):
        return None
    try:
        _parts_at(path)
    except OSError as error:
        return (error.strerror or str(error)).lower()
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {str(error)[:_SHOWN]}"
    return None


def _is_of(record: Mapping[str, Any], path: Path, name: str) -> bool:
    """Whether a record speaks of the file of that name beside it, as the file is now."""
    try:
        return name == Path(name).name and record["files"].get(name) == file_hash(
            path.parent / name
        )
    except (OSError, ValueError):
        return False


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


def place_of(file: Path) -> Path:
    """Where the record of a file lies, if there is one."""
    match = TAG.search(file.name)
    return file.parent / _name(f".{match.group(1)}" if match else "")


def record_of(file: GivenFile) -> dict[str, Any] | None:
    """The record beside `file`, if it is whole and speaks of the file as it is now."""
    if isinstance(file, StandardInput):
        return None
    path = place_of(file)
    records = _records_at(path)
    found = next((one for one in records if _is_of(one, path, file.name)), None)
    return found or _of_renamed(file, records)


def _of_renamed(file: Path, records: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The record that names the content of `file` under another name: its marks stay."""
    try:
        digest = file_hash(file)
    except OSError:
        return None
    return next((dict(one) for one in records if digest in one["files"].values()), None)
