"""CNR-IEMN's model folder: what model.json says besides what every system's does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.contract.scan import LabelledScan
from spgc.errors import ModelError
from spgc.files.hashes import joint_digest
from spgc.model.document import MODEL, file_digest, read_model
from spgc.model.folder import write_model
from spgc.model.trained_on import training_facts
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.config import Config, config_from

if TYPE_CHECKING:
    from spgc.systems.cnr_iemn.samples import Sample

__all__ = ["file_digest", "joint_digest", "read_card", "write_card"]

SYSTEM = "cnr-iemn"

_PACKAGES = ("torch", "torchvision", "xgboost", "scikit-learn", "scikit-image")


def write_card(
    folder: Path,
    config: Config,
    files: Sequence[str],
    scans: Sequence[LabelledScan],
    samples: Sequence[Sample],
) -> dict[str, Any]:
    """Write model.json over `files` of `folder`; return what was written."""
    slices = Counter(CLASSES[sample.label] for sample in samples)
    facts = training_facts(scans) | {
        "labelled_slices": {name: slices[name] for name in CLASSES},
    }
    return write_model(
        folder, SYSTEM, config=config.as_dict(), files=files, trained_on=facts, packages=_PACKAGES
    )


def read_card(folder: Path) -> tuple[dict[str, Any], Config]:
    """model.json and the configuration in it, every file checked.

    Raises ModelError when `folder` is no such model, of another format, incomplete or damaged.
    """
    document = read_model(folder, SYSTEM)
    try:
        return document, config_from(document["config"], folder / MODEL)
    except TypeError as error:
        raise ModelError(
            "model.json is damaged",
            where=folder / MODEL,
            found=str(error),
            expected="what spgc train wrote",
            do="copy the folder again or train again",
        ) from error
