"""What the software is for: the sentence on every document and picture, and longer ones."""

PURPOSE = "Research software. Not for diagnosis."

PURPOSE_OF_LISTS = "For research, not for diagnosis."
"""Of the manifests, which are no software."""

NO_USE_OF_LISTS = "Not for diagnosis, and not for deciding about any person."
"""What nobody should do with them, beside what they are good for."""

LIMIT_OF_MODELS = (
    "For research. Not a medical device, not for diagnosis, not for deciding about any person."
)
"""The first limit on every model card."""
