"""A challenge system over a data set: train, predict, submit, shards, merge; one call each."""
