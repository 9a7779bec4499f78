"""The identity of a trained model: one hash over its settings and its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spgc.files.hashes import facts_digest, joint_digest

NOT_COVERED = (
    "The model was written by an older spgc, whose hash does not cover what it says of itself "
    "(synthetic or not, purpose, what it was trained on): that may have been changed since."
)
"""Said of a model of format 1 or 2."""


def model_hash(document: Mapping[str, Any]) -> str:
    """The hash of the model that `document`, a model.json, describes.

    Over all that model.json says but the hash itself, so that neither the settings nor the marks
    (synthetic, purpose, what it was trained on) can be changed. Format 2 covered the system's
    name, its settings and the files, format 1 the files alone. Raises KeyError or TypeError when
    the document is not a model.json.
    """
    files = joint_digest(document["files"])
    if document["format"] == 1:
        return files
    if document["format"] == 2:
        facts: Mapping[str, Any] = {
            "system": document["system"],
            "config": document["config"],
            "files": files,
        }
    else:
        facts = document
    return facts_digest(facts, own="model_hash")


def marks_covered(document: Mapping[str, Any]) -> bool:
    """Whether the model's hash covers its marks: synthetic, purpose, what it was trained on."""
    return document.get("format") not in (1, 2)
