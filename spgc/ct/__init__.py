"""Chest CT: from files to HU volumes, lung masks and the slice store."""

from __future__ import annotations

from spgc.jobs.extras import need

need("ct")
