"""Marks of output made on phantoms: one word, and a sentence on data, models, rows and scans."""

SYNTHETIC = "SYNTHETIC"
"""The mark of phantoms and of what was made with them, in tables, files and pictures."""

SYNTHETIC_DATA = f"{SYNTHETIC}: phantoms, not patients. No figure here is clinical."
"""Above numbers and pictures of phantoms."""

SYNTHETIC_MODEL = (
    f"The model was trained on {SYNTHETIC} phantoms: its predictions mean nothing for patients."
)
"""Above a model's answers to real scans, where phantoms taught it."""

SYNTHETIC_CARD = (
    f"**{SYNTHETIC}.** This model was trained on drawn phantoms. Neither its predictions nor any "
    "figure on this card says anything about patients."
)
"""At the head of its model card, in Markdown."""

SYNTHETIC_DIFFERENCE = (
    f"Made on {SYNTHETIC} phantoms: a difference from the paper says nothing about the method."
)
"""Below a table of the paper that was made again."""

SYNTHETIC_BOARD = f"{SYNTHETIC}: scored on phantoms; says nothing of patients."
"""Above a board of rows on phantoms."""

SYNTHETIC_SCAN = f"{SYNTHETIC}: drawn by software, not a patient"
"""In the header of every file of a phantom."""

SYNTHETIC_FILE = f"{SYNTHETIC}.txt"
"""The file that marks a folder of phantoms."""

SYNTHETIC_FOLDER = f"""{SYNTHETIC} DATA. Every scan below this folder was drawn by `spgc phantom`.
It tests software. No figure measured on it says anything about patients.
"""
"""What that file says."""


def marked_row(mark: str, scored_on: str, marking: str = "marked") -> str:
    """The sentence on the one row that is not the challenge's, among rows that are.

    mark: `SYNTHETIC` or the like; marking: what tells the row from the others.
    """
    others = "the others on the challenge's patients"
    return f"{mark}: the {marking} row was scored on {scored_on}, {others}."


SYNTHETIC_ROW = marked_row(SYNTHETIC, "phantoms")
"""The same on a row of phantoms."""
