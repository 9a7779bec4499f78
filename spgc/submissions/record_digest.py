"""The digest in a record: a record with a changed letter would lose or shift marks of answers.

Records that earlier versions wrote have none, and are believed as they stand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spgc.files.hashes import facts_digest
from spgc.files.json_documents import MAX_RECORD, read_json

DIGEST = "digest"
"""Field of a record: SHA-256 of all others."""


def with_digest(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with the digest of what a reader will find in it."""
    plain = {field: value for field, value in record.items() if field != DIGEST}
    return {**plain, DIGEST: facts_digest(json.loads(json.dumps(plain)))}


def read_checked(path: Path) -> dict[str, Any]:
    """The record in a file, without its digest.

    Raises OSError when it can't be read, ValueError and TypeError when it is none, or damaged.
    """
    record = dict(read_json(path, MAX_RECORD))
    digest = record.pop(DIGEST, None)
    if digest is not None and digest != facts_digest(record):
        raise ValueError("its digest does not fit")
    return record
