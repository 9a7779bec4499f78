"""Standing sentences for answers that a score must not count as those of an untouched model."""

from __future__ import annotations


def trained_on(count: int) -> str:
    """The model has these scans' labels by heart."""
    return (
        f"TRAINED ON: the model learnt from {count} of these scans (same case ID or same files), "
        "with their labels. What it has right there says nothing of scans that are new to it."
    )


def chosen_by(count: int) -> str:
    """Right answers for these scans decided which model it is."""
    return (
        f"CHOSEN BY: the model's epoch, threshold or members were chosen by {count} of these "
        "scans, with their labels. Its answers for them flatter it."
    )


def transductive(count: int) -> str:
    """The model adapted to these scans, without their labels."""
    return (
        f"TRANSDUCTIVE: the model's training was shown {count} of these scans without their "
        "labels. Not comparable with models that never saw them."
    )


def filled_in(count: int) -> str:
    """No model gave these answers."""
    return (
        f"FILLED IN: {count} of these answers are no model's, but were written for scans that "
        "could not be answered."
    )


TRAINING_UNKNOWN = (
    "TRAINED ON? These are scans of the training split, and nothing beside the answers says which "
    "scans their model was trained on."
)
"""Said of the training split where no record of a model with a list of its cases is there."""
