"""Standing sentences for predictions that say less of a model than their score seems to."""

from __future__ import annotations


def trained_on(count: int) -> str:
    """The model has these scans' labels by heart."""
    return (
        f"TRAINED ON: the model was trained on {count} of these scans (same case ID or same "
        "images), with their labels. Right predictions there say nothing of other scans."
    )


def chosen_by(count: int) -> str:
    """Right predictions for these scans decided which model it is."""
    return (
        f"CHOSEN BY: {count} of these scans, with their labels, chose the model's epoch, a "
        "threshold or its members. Its predictions for them look better than they are."
    )


def transductive(count: int) -> str:
    """The model adapted to these scans, without their labels."""
    return (
        f"TRANSDUCTIVE: {count} of these scans were used for training without their labels. Not "
        "comparable with models that never saw them."
    )


def filled_in(count: int) -> str:
    """No model predicted these."""
    return (
        f"FILLED IN: {count} of these labels were filled in for scans that could not be predicted."
    )


TRAINING_UNKNOWN = (
    "TRAINED ON? These are scans of the training split, and no record next to the file says which "
    "scans its model was trained on."
)
"""Said of the training split where no record of a model with a list of its cases is there."""
