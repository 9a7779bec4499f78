"""The regression gate: has a model, or the code around it, become worse than its baseline?"""

from __future__ import annotations

from spgc.jobs.extras import need

need("train")
