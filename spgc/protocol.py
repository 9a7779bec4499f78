"""The challenge as data: classes, splits, regions, groups, each with its source.

Sources: "paper" is Bougourzi et al., Sensors 2021, 21(17), 5878; "released labels" are the files
test-1-labels.csv to test-4-labels.csv that were published with the test sets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from spgc.errors import UsageError

COVID19, CAP, NORMAL = "COVID-19", "CAP", "Normal"

CLASSES: tuple[str, str, str] = (COVID19, CAP, NORMAL)
"""Class order everywhere: that of the published table (paper, Figure 11)."""

RELEASED_LABELS: Mapping[str, str] = MappingProxyType(
    {COVID19: "covid-19", CAP: "cap", NORMAL: "normal"}
)
"""How the released label files spell each class; submissions are written the same way."""

REGIONS = 5
"""Equal parts of a scan that the second task predicts (paper, section 3.3.1, Figure 5)."""

GROUPS = 20
"""Equal groups of slices whose class shares describe a scan (paper, section 3.3.2)."""

LOBES = ("LLL", "LUL", "RLL", "RML", "RUL")
"""The lobes of both lungs in the order of the released lobe labels (README of COVID-CT-MD)."""


@dataclass(frozen=True)
class Split:
    """One split of the challenge.

    `counts` holds scans per class in `CLASSES` order; `note` says what is inferred or unknown.
    """

    name: str
    title: str
    counts: tuple[int, int, int]
    ranked: bool
    aliases: tuple[str, ...]
    paper_table: str
    note: str

    @property
    def size(self) -> int:
        return sum(self.counts)


_SWAP_NOTE = (
    "the paper's text numbers the test sets in another order than the released folders; that this "
    "is the table's set is known from the winners' published predictions"
)

SPLITS: Mapping[str, Split] = MappingProxyType(
    {
        split.name: split
        for split in (
            Split(
                "train",
                "training",
                (116, 41, 52),
                False,
                ("training",),
                "–",
                "list recovered and confirmed, not official; counts follow from 307 scans less 98 "
                "(paper, 3.1)",
            ),
            Split(
                "val",
                "validation",
                (55, 19, 24),
                False,
                ("valid", "validation"),
                "Table 5",
                "list recovered and confirmed, not official; counts follow from Table 5 and "
                "Figure 10",
            ),
            Split(
                "test1",
                "low dose",
                (15, 0, 15),
                True,
                ("test-1", "low-dose", "lowdose", "ldct"),
                "Table 7",
                "no CAP scans; certain, since Table 7 has no CAP column",
            ),
            Split(
                "test2",
                "heart disease or operation",
                (10, 10, 10),
                True,
                ("test-2", "heart-disease", "heart", "cardiac"),
                "Table 6",
                _SWAP_NOTE,
            ),
            Split(
                "test3",
                "same centre",
                (10, 10, 10),
                True,
                ("test-3", "same-centre", "same-center"),
                "Table 8",
                _SWAP_NOTE,
            ),
            Split(
                "test4",
                "added after the challenge",
                (16, 8, 16),
                False,
                ("test-4",),
                "–",
                "not part of the challenge's ranking; its make-up is not described in the paper",
            ),
        )
    }
)

RANKED_SPLITS: tuple[str, ...] = tuple(s.name for s in SPLITS.values() if s.ranked)
"""The three sets that the challenge pooled into its ranking: 90 scans (paper, Figure 11)."""


OVERALL, ALL_FOUR, EVERY_SPLIT = "overall", "test1-4", "all"

POOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        OVERALL: RANKED_SPLITS,
        ALL_FOUR: (*RANKED_SPLITS, "test4"),
        EVERY_SPLIT: tuple(SPLITS),
    }
)
"""Names of several splits at once: the ranking's 90 scans, the 130 of later papers, everything."""


def splits_named(name: str, present: Sequence[str] = ()) -> tuple[str, ...]:
    """The splits that `name` means wherever a command takes `--split`, in protocol order.

    A split by its own name or an alias, or one of `POOLS`. present: the splits of the user's
    manifests; such a name is taken in any letter case, and `all` means all of these. Raises
    UsageError, which names the splits that are present, when there is no such split.
    """
    if name in present:
        return (name,)
    key = _key(name)
    if key == EVERY_SPLIT and present:
        return tuple(present)
    if key in POOLS:
        return POOLS[key]
    if (same := [one for one in present if _key(one) == key]) and len(same) == 1:
        return (same[0],)
    return (_split_called(name, (*present, *POOLS) if present else (*SPLITS, *POOLS)).name,)


def is_pool(name: str) -> bool:
    """Whether `name` means several splits, in any letter case and with any kind of dash."""
    return _key(name) in POOLS


def split_key(name: str) -> str:
    """The form in which names of splits are compared: letter case and kinds of dash don't count.

    `test1` for Test-1 and TEST 1 alike.
    """
    key = _key(name)
    bare = key.replace("-", "")
    return bare if bare in SPLITS else key


def split_meant(name: str) -> str:
    """The challenge's split that `name` is or is an alias of; else the name's `split_key`."""
    key = split_key(name)
    return next((split.name for split in SPLITS.values() if key in split.aliases), key)


def split_named(name: str) -> Split:
    """The split called `name`, by its own name or an alias, in any letter case.

    Raises UsageError when there is no such split.
    """
    if is_pool(name):
        raise UsageError(
            "one split is asked for here",
            found=f"{_key(name)}, which is several",
            expected=" | ".join(SPLITS),
            do="name one of them",
        )
    return _split_called(name, (*SPLITS, *POOLS))


def _split_called(name: str, known: Sequence[str]) -> Split:
    """The challenge's split called `name`; `known` are the names that an error offers."""
    key = _key(name)
    for split in SPLITS.values():
        if key in (split.name, *split.aliases):
            return split
    aliases = [alias for one in known if one in SPLITS for alias in SPLITS[one].aliases]
    near = get_close_matches(key, dict.fromkeys((*known, *aliases)), n=1)
    do = f"did you mean '{near[0]}'?" if near else "name one of them"
    raise UsageError("unknown split", found=repr(name), expected=" | ".join(known), do=do)


_DASHES = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")


def _key(text: str) -> str:
    """`text` in lower case, with one hyphen for blanks, underscores and dashes of any length."""
    return _DASHES.sub("-", text.strip().lower())


LABEL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "covid-19": COVID19,
        "covid19": COVID19,
        "covid": COVID19,
        "cap": CAP,
        "normal": NORMAL,
    }
)
"""The class of each known spelling: of the released labels, `Stats.csv` and the winners' files."""


def class_named(text: str) -> str | None:
    """The class that `text` names, in any letter case and with any kind of dash, or None."""
    return LABEL_WORDS.get(_key(text))
