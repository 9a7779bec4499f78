"""Marks of output made on phantoms: one word, a sentence on data, a sentence on a model."""

SYNTHETIC = "SYNTHETIC"
"""The mark of phantoms and of what was made with them, in tables, files and pictures."""

SYNTHETIC_DATA = f"{SYNTHETIC}: phantoms, not patients. No figure here is clinical."
"""Above numbers and pictures of phantoms."""

SYNTHETIC_MODEL = (
    f"The model was trained on {SYNTHETIC} phantoms: its answers mean nothing for patients."
)
"""Above a model's answers to real scans, where phantoms taught it."""
