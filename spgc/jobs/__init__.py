"""Running work: in parallel, on a cluster, in advance, interrupted, timed, with progress."""
