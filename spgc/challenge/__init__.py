"""A challenge as data: its classes, sets, ranking and limits. SPGC is one, and the default."""
