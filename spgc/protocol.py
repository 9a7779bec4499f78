"""The challenge as the CT side needs it: classes, splits, regions, groups.

Classes and splits are those of `data_manifests/challenge.toml`, which holds the source of each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from spgc.challenge.set_words import EVERY_SPLIT as EVERY_SPLIT
from spgc.challenge.set_words import Split
from spgc.challenge.spgc_challenge import SPGC

COVID19, CAP, NORMAL = SPGC.names

CLASSES: tuple[str, str, str] = (COVID19, CAP, NORMAL)
"""Class order everywhere: that of the published table (paper, Figure 11)."""

RELEASED_LABELS: Mapping[str, str] = MappingProxyType(dict(SPGC.written))
"""How the released label files spell each class; submissions are written the same way."""

PROBABILITY_COLUMNS: Mapping[str, str] = MappingProxyType(dict(SPGC.columns))
"""Names of the columns of probabilities in what systems for CT write, by class."""

REGIONS = 5
"""Equal parts of a scan that the second task predicts (paper, section 3.3.1, Figure 5)."""

GROUPS = 20
"""Equal groups of slices whose class shares describe a scan (paper, section 3.3.2)."""

LOBES = ("LLL", "LUL", "RLL", "RML", "RUL")
"""The lobes of both lungs in the order of the released lobe labels (README of COVID-CT-MD)."""

SPLITS: Mapping[str, Split] = MappingProxyType(dict(SPGC.sets))

RANKED_SPLITS: tuple[str, ...] = SPGC.ranked
"""The three sets that the challenge pooled into its ranking: 90 scans (paper, Figure 11)."""

OVERALL, ALL_FOUR = SPGC.pools

POOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(dict(SPGC.set_words.pools))
"""Names of several splits at once: the ranking's 90 scans, the 130 of later papers, everything."""

LABEL_WORDS: Mapping[str, str] = MappingProxyType(dict(SPGC.words))
"""The class of each known spelling: of the released labels, `Stats.csv` and the winners' files."""


def splits_named(name: str, present: Sequence[str] = ()) -> tuple[str, ...]:
    """The splits that `name` means wherever a command takes `--split`, in protocol order.

    A split by its own name or an alias, or one of `POOLS`. present: the splits of the user's
    manifests. Raises UsageError, which names the splits that are present, when there is none.
    """
    return SPGC.splits_named(name, present)


def split_named(name: str) -> Split:
    """The split called `name`, by its own name or an alias, in any letter case.

    Raises UsageError when there is no such split.
    """
    return SPGC.set_words.one(name)


def class_named(text: str) -> str | None:
    """The class that `text` names, in any letter case and with any kind of dash, or None."""
    return SPGC.class_named(text)
