"""Speed of prediction on this machine, compared with a plain version written from the paper."""

from __future__ import annotations

from spgc.jobs.extras import need

need("train")
