"""The purpose of the software, in the sentence that every document and every picture shows."""

PURPOSE = "Research software. Not for diagnosis."
