"""A reproduced table: its figures, and the settings, data and weights that they follow from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spgc.paper.cohort_counts import Count
from spgc.paper.comparison import Compared
from spgc.scoring.counts import Confusion
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.scenarios import Scenario, scenario_config


@dataclass(frozen=True)
class ReproducedTable:
    """One table of the paper, reproduced.

    `accuracies` is the table itself, `rates` the class rates that the paper names, `matrices`
    the panels of its figure by name, `weights` the digests of the networks' files.
    """

    scenario: Scenario
    config: Config
    counts: tuple[Count, ...]
    accuracies: tuple[Compared, ...]
    rates: tuple[Compared, ...]
    matrices: Mapping[str, Confusion]
    weights: Mapping[str, str]
    data_hash: str
    synthetic: bool

    @property
    def unit(self) -> str:
        return "scans" if self.scenario.patients else "slices"

    def departures(self) -> list[str]:
        """Settings other than the scenario's, such as `epochs 6 instead of 20`."""
        here, paper = (c.slice_stage() for c in (self.config, scenario_config(self.scenario.name)))
        return [
            f"{name} {here[name]} instead of {paper[name] or 'that of each network'}"
            for name in here
            if here[name] != paper[name] and name != "seed"
        ]
