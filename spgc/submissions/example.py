"""An example submission: the required form, with invented answers."""

from __future__ import annotations

from spgc.data.manifests import Manifest
from spgc.errors import DataError
from spgc.submissions.write import submission_text


def example_text(split: str, manifest: Manifest, *, probabilities: bool = False) -> str:
    """A submission that gives one answer for every case of `split` (name, alias or pool).

    For SPGC "normal": the class that the challenge's file names for it, else its last one.

    Raises UsageError for an unknown split and DataError when the manifests lack it.
    """
    names = manifest.splits_named(split)
    cases = [case.case_id for name in names for case in manifest.split(name)]
    if not cases:
        raise DataError(
            f"the manifests hold no case of {split}",
            found=", ".join(manifest.splits()),
            expected=", ".join(names),
            do="name another split, or other manifests with --manifests DIR",
        )
    classes, (_, answer) = manifest.challenge.names, manifest.challenge.example
    row = tuple(0.8 if name == answer else 0.2 / (len(classes) - 1) for name in classes)
    shares = dict.fromkeys(cases, row) if probabilities else None
    return submission_text(dict.fromkeys(cases, answer), shares, manifest)
