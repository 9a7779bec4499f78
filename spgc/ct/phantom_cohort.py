"""The former place of the phantom cohort: see `spgc.phantoms`."""

from __future__ import annotations

from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
from spgc.phantoms.recipe import read_recipe

DEMO_PLAN = read_recipe()["demo"]
FULL_PLAN = read_recipe()["ranked"]
"""All ranked test sets at the challenge's size, with few slices."""

__all__ = ["DEMO_PLAN", "FULL_PLAN", "CohortPlan", "write_cohort"]
