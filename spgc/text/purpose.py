"""The purpose sentence of the software, which every document and every picture shows."""

PURPOSE = "Research software. Not for diagnosis."
