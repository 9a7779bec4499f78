"""Left and right: the side of a slice that is the patient's right, where that is certain."""

from __future__ import annotations

from collections.abc import Sequence

SIDES_GUESSED = (
    "no ImageOrientationPatient:",
    "NIfTI without orientation",
    "NIfTI sform and qform disagree on the orientation",
    "MetaImage without orientation",
    "MetaImage TransformMatrix and AnatomicalOrientation disagree on the orientation",
)
"""Beginnings of a scan's notes that leave open which side is the right one."""


def sides_known(notes: Sequence[str]) -> bool:
    """Whether a scan with these notes has the patient's right at the left edge for sure."""
    return not any(note.startswith(SIDES_GUESSED) for note in notes)
