"""Challenge systems: the contract that each keeps, and those that come with spgc."""
