"""An example submission: the required form, with invented answers."""

from __future__ import annotations

from spgc.data.manifests import Manifest
from spgc.errors import DataError
from spgc.protocol import NORMAL, splits_named
from spgc.submissions.write import submission_text


def example_text(split: str, manifest: Manifest, *, probabilities: bool = False) -> str:
    """A submission that answers "normal" for every case of `split` (name, alias or pool).

    Raises UsageError for an unknown split and DataError when the manifests lack it.
    """
    names = splits_named(split, manifest.splits())
    cases = [case.case_id for name in names for case in manifest.split(name)]
    if not cases:
        raise DataError(
            f"the manifests hold no case of {split}",
            found=", ".join(manifest.splits()),
            expected=", ".join(names),
            do="name another split, or other manifests with --manifests DIR",
        )
    shares = dict.fromkeys(cases, (0.1, 0.1, 0.8)) if probabilities else None
    return submission_text(dict.fromkeys(cases, NORMAL), shares, manifest)
