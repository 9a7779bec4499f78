"""The experiments of section 4 by the name of their table, each as what it changes.

Table 1 starts from the whole system and takes away; every other table is the one before it with
the change that the paper made. `SCALES` shrinks them alike for small machines.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from spgc.errors import UsageError
from spgc.systems.cnr_iemn.config import Config


@dataclass(frozen=True)
class Scenario:
    """One experiment.

    `changes` are fields of `Config` that differ from the scenario before; `figure` shows its
    confusion matrices; `networks` names the scenario whose networks it uses, itself or another.
    """

    name: str
    title: str
    section: str
    figure: str
    networks: str
    changes: Mapping[str, Any]

    @property
    def table(self) -> str:
        """As the paper calls it: `Table 4`."""
        return f"Table {self.name.removeprefix('table')}"

    @property
    def patients(self) -> bool:
        """Whether whole scans are classified, not slices."""
        return self.networks != self.name


_IN_ORDER = (
    Scenario(
        "table1",
        "grey three times",
        "4.2.1",
        "Figure 6",
        "table1",
        {
            "channels": "grey",
            "copies": (0, 0, 0),
            "epochs": 20,
            "decay_after": (10, 15),
            "region_weight": 0.0,
            "position_inputs": False,
        },
    ),
    Scenario(
        "table2",
        "grey, lung mask, grey × mask",
        "4.2.2",
        "Figure 7",
        "table2",
        {"channels": "lungs"},
    ),
    Scenario(
        "table3",
        "with augmented copies",
        "4.2.3",
        "Figure 8",
        "table3",
        {"copies": (3, 10, 0), "epochs": 10, "decay_after": (3, 6)},
    ),
    Scenario(
        "table4",
        "with the region task",
        "4.2.4",
        "Figure 9",
        "table4",
        {"region_weight": 0.3, "position_inputs": True},
    ),
    Scenario("table5", "whole scans: SVM and XGBoost", "4.2.5", "Figure 10", "table4", {}),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({s.name: s for s in _IN_ORDER})
"""By name, in the order in which each builds on the one before."""


@dataclass(frozen=True)
class Scale:
    """How large a run is: `share` of the epochs, of the steps of the rate and of the copies.

    What scenarios differ in shrinks in proportion, so they still differ; `changes` are fields
    that all of them take alike.
    """

    share: float = 1.0
    changes: Mapping[str, Any] = field(default_factory=dict)

    def applied_to(self, config: Config) -> Config:
        """`config` at this scale: at least one epoch, and a copy where there was one."""
        covid19, cap, normal = (self._part(count) if count else 0 for count in config.copies)
        shrunk = dataclasses.replace(
            config,
            epochs=self._part(config.epochs),
            decay_after=tuple(self._part(epoch) for epoch in config.decay_after),
            copies=(covid19, cap, normal),
        )
        return dataclasses.replace(shrunk, **self.changes)

    def _part(self, count: int) -> int:
        return max(1, round(self.share * count))


SCALES: Mapping[str, Scale] = MappingProxyType(
    {
        "paper": Scale(),
        "demo": Scale(
            0.3,
            {
                "weights": "none",
                "image_size": 64,
                "learning_rate": 1e-3,
                "batch_size": 16,
            },
        ),
    }
)
"""The paper's own, and one for phantoms on two cores: small images from a random start."""


def scenario_named(name: str) -> Scenario:
    """The scenario called `name`; UsageError lists the known ones."""
    if name not in SCENARIOS:
        raise UsageError("unknown scenario", found=repr(name), expected=" | ".join(SCENARIOS))
    return SCENARIOS[name]


def scale_named(name: str) -> Scale:
    """The scale called `name`; UsageError lists the known ones."""
    if name not in SCALES:
        raise UsageError("unknown preset", found=repr(name), expected=" | ".join(SCALES))
    return SCALES[name]


def scenario_config(name: str, scale: Scale | None = None) -> Config:
    """The configuration of a scenario, at the paper's scale unless another is given."""
    wanted, config = scenario_named(name), Config()
    for scenario in SCENARIOS.values():
        config = dataclasses.replace(config, **scenario.changes)
        if scenario is wanted:
            break
    return (scale or Scale()).applied_to(config)
