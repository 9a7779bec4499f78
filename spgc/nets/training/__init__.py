"""Training of networks: task, loop, schedule, loading, checkpoints, metrics."""
