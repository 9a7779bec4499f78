"""Manifests, folder layouts and label files: what the challenge's data is and where it lies."""
