"""Writing and copying model folders: model.json over the files of a trained model."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from spgc.contract.offers import provider
from spgc.errors import DiskFullError, ModelError
from spgc.files.foreign_names import real_path
from spgc.files.regular import read_regular
from spgc.files.whole import draft_name, sweep_drafts, write_error, write_text
from spgc.jobs.machine import installed_version
from spgc.model.document import FORMAT, MODEL, file_digest, read_document
from spgc.model.identity import model_hash
from spgc.protocol import CLASSES
from spgc.text.purpose import PURPOSE

_PACKAGES = ("spgc", "numpy")


def write_model(
    folder: Path,
    system: str,
    *,
    config: Mapping[str, Any],
    files: Sequence[str],
    trained_on: Mapping[str, Any],
    packages: Sequence[str] = (),
) -> dict[str, Any]:
    """Write model.json over `files`, which lie in `folder` already; return what was written.

    config: the settings, ready for JSON. trained_on: what `training_facts` gives, perhaps with
    more. packages: distributions whose versions matter, besides spgc's and the system's own.
    """
    digests = {name: file_digest(folder / name) for name in files}
    brought_by = provider(system)
    names = [*_PACKAGES, *packages, *([brought_by] if brought_by else [])]
    document = {
        "format": FORMAT,
        "system": system,
        "package": brought_by,
        "purpose": PURPOSE,
        "synthetic": bool(trained_on["synthetic"]),
        "model_hash": "",
        "config": json.loads(json.dumps(config)),
        "classes": list(CLASSES),
        "trained_on": dict(trained_on),
        "files": digests,
        "versions": {n: installed_version(n) for n in names}
        | {"python": platform.python_version()},
    }
    document["model_hash"] = model_hash(document)
    write_text(folder / MODEL, json.dumps(document, indent=2) + "\n")
    return document


def copy_model(source: Path, target: Path) -> None:
    """Write the model of `source` to `target`: its files first, model.json last.

    Raises ModelError when a file is missing or the place can't be written to.
    """
    document = read_document(source)
    if real_path(source) == real_path(target):
        return
    draft = target / draft_name()
    try:
        target.mkdir(parents=True, exist_ok=True)
        sweep_drafts(target)
        for name in document["files"]:
            shutil.copyfile(source / name, draft)
            draft.replace(target / name)
    except OSError as error:
        if isinstance(full := write_error(target, error), DiskFullError):
            raise full from error
        raise ModelError("can't copy the model", where=target, found=error.strerror) from error
    finally:
        with suppress(OSError):  # what went wrong before must not be hidden by this
            draft.unlink(missing_ok=True)
    write_text(target / MODEL, read_regular(source / MODEL).decode("utf-8"))
