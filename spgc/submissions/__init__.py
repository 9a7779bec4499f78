"""Submission files and the record beside them: reading, validating, writing."""
