"""Training of networks: task, loop, schedule, loading, checkpoints, metrics."""

from __future__ import annotations

from spgc.jobs.extras import need

need("train")
