"""The paper's own figures of section 4, as printed, and the counts behind them where they follow.

Bougourzi et al., Sensors 2021, 21(17), 5878. The confusion matrices of Figures 6 to 9 are not
printed as numbers: of their cells only the rates that the text names are known. How many normal
validation slices there were is not said: no total fits all percentages as rounded, many fit when
some are cut off, so the accuracies of Tables 1 to 4 stay percentages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from spgc.protocol import CAP, CLASSES, COVID19, NORMAL, SPLITS
from spgc.scoring.counts import Rate
from spgc.systems.cnr_iemn.config import BACKBONES

ALL_FOUR = "all four"
"""The row of Table 5 that joins the features of all backbones."""

TRAINING_SLICES: Mapping[str, int] = MappingProxyType({COVID19: 2482, CAP: 742, NORMAL: 10294})
"""Section 3.3.1."""

TRAINING_IMAGES: Mapping[str, int] = MappingProxyType({COVID19: 9928, CAP: 8162, NORMAL: 10294})
"""With augmented copies, section 3.3.1."""

LABELLED_SCANS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {"train": {COVID19: 38, CAP: 17, NORMAL: 21}, "val": {COVID19: 17, CAP: 8, NORMAL: 9}}
)
"""Scans with slice labels, section 3.3; 25 CAP scans (3.1), since with the 24 of 3.3 the slices
would not add up."""

VALIDATION_SLICES: Mapping[str, int | None] = MappingProxyType(
    {COVID19: 1333, CAP: 436, NORMAL: None}
)
"""Inferred: the label arrays hold 3,815 COVID-19 and 1,178 CAP slices; less those of training."""

_PRINTED_STEP = 0.01
"""Percentages are printed with two digits, mostly rounded, some cut off (86/98 as 87.75)."""


@dataclass(frozen=True)
class Published:
    """One figure of the paper: `percent` as printed; `counts` behind it, None when unknown.

    `inferred` says that the counts follow from other figures and are not printed.
    """

    percent: float
    where: str
    counts: Rate | None = None
    inferred: bool = False

    @property
    def share(self) -> float:
        """From the counts where they are known: the printed figure is rounded."""
        exact = self.counts.value if self.counts else None
        return self.percent / 100 if exact is None else exact

    def as_dict(self) -> dict[str, Any]:
        counts = self.counts
        return {
            "percent": self.percent,
            "where": self.where,
            "hits": counts.hits if counts else None,
            "total": counts.total if counts else None,
            "inferred": self.inferred,
        }


def counts_behind(percent: float, total: int) -> Rate | None:
    """The one count of `total` that prints as `percent`, rounded or cut off; None for no or many.

    percent: two digits behind the point.
    """
    near = round(percent / 100 * total)
    fitting = [
        hits
        for hits in range(max(0, near - 1), min(total, near + 1) + 1)
        if -_PRINTED_STEP / 2 <= 100 * hits / total - percent < _PRINTED_STEP
    ]
    return Rate(fitting[0], total) if len(fitting) == 1 else None


_ACCURACIES: Mapping[str, tuple[float, ...]] = {
    "table1": (80.80, 81.81, 81.78, 80.72),
    "table2": (87.86, 88.10, 88.03, 87.76),
    "table3": (88.51, 88.42, 88.64, 87.97),
    "table4": (88.91, 88.61, 88.74, 88.37),
}

_RATES: Mapping[str, tuple[tuple[str, str, float], ...]] = {
    "table1": (
        ("densenet161", COVID19, 65.87),
        ("densenet161", CAP, 56.19),
        ("inception_v3", NORMAL, 93.73),
    ),
    "table2": (
        ("wide_resnet50", COVID19, 84.47),
        ("densenet161", CAP, 58.03),
        ("wide_resnet50", NORMAL, 94.78),
    ),
    "table3": (
        ("inception_v3", COVID19, 84.32),
        ("densenet161", CAP, 68.81),
        ("resnext50", NORMAL, 94.43),
    ),
    "table4": (
        ("densenet161", COVID19, 83.80),
        ("resnext50", CAP, 70.64),
        ("wide_resnet50", NORMAL, 94.19),
    ),
}

_SCANS: Mapping[str, tuple[float, float]] = {
    "resnext50": (81.63, 79.59),
    "densenet161": (82.65, 82.65),
    "inception_v3": (82.65, 85.71),
    "wide_resnet50": (80.61, 80.61),
    ALL_FOUR: (80.61, 87.75),
}

_FIGURE_10: Mapping[str, float] = {COVID19: 96.36, CAP: 52.63, NORMAL: 95.83}


def slice_accuracy(table: str, backbone: str) -> Published:
    """Accuracy on validation slices, Tables 1 to 4."""
    percent = _ACCURACIES[table][BACKBONES.index(backbone)]
    return Published(percent, f"Table {table[-1]}")


def slice_rates(table: str) -> dict[tuple[str, str], Published]:
    """Rates by backbone and class that sections 4.2.1 to 4.2.4 name: the best of each class."""
    figure = f"section 4.2.{table[-1]}, Figure {int(table[-1]) + 5}"
    found = {}
    for backbone, label, percent in _RATES[table]:
        total = VALIDATION_SLICES[label]
        counts = counts_behind(percent, total) if total else None
        found[backbone, label] = Published(percent, figure, counts, inferred=counts is not None)
    return found


def scan_accuracy(features: str, classifier: str) -> Published:
    """Accuracy on the 98 validation scans, Table 5; `features` is a backbone or `ALL_FOUR`."""
    percent = _SCANS[features][("svm", "xgboost").index(classifier)]
    return Published(percent, "Table 5", counts_behind(percent, SPLITS["val"].size), inferred=True)


def scan_rates() -> dict[str, Published]:
    """Rates by class of all four backbones with XGBoost, section 4.2.5 and Figure 10."""
    scans = dict(zip(CLASSES, SPLITS["val"].counts, strict=True))
    return {
        label: Published(percent, "Figure 10", counts_behind(percent, scans[label]), inferred=True)
        for label, percent in _FIGURE_10.items()
    }
