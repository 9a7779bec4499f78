"""Chest CT: from files to HU volumes, lung masks and the slice store."""
