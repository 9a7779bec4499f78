"""Where a slice classifier looks: RISE heat maps, and how faithful they are."""
