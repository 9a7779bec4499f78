"""Results of the steps of a training, kept in its folder so that a stopped one goes on.

They are no part of the model. A result is known by a fingerprint of what it was made from: one of
another training, or a damaged one, is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spgc.files.hashes import facts_digest
from spgc.files.json_documents import MAX_FACTS, read_json
from spgc.files.whole import write_text


def step_result(path: Path, facts: Mapping[str, Any], make: Callable[[], Any]) -> Any:
    """What the file at `path` holds of this step, or what `make` gives, which is then written.

    facts: all that the result depends on; both they and the result are ready for JSON. Raises
    DataError when it can't be written.
    """
    mark = facts_digest(facts)
    if (found := _read(path, mark)) is not None:
        return found
    result = make()
    content = json.dumps(result)
    digest = hashlib.sha256(content.encode()).hexdigest()
    document = {"fingerprint": mark, "digest": digest, "result": content}
    write_text(path, json.dumps(document) + "\n")
    return json.loads(content)


def _read(path: Path, mark: str) -> Any:
    """The result kept there, None when there is none of this step, or none to believe."""
    try:
        document = read_json(path, MAX_FACTS)
        content = document["result"]
        if document["fingerprint"] != mark:
            return None
        if document["digest"] != hashlib.sha256(content.encode()).hexdigest():
            return None
        return json.loads(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
