"""Spellings of case IDs: which mean the same case, and labels matched with folder names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from spgc.errors import DataError
from spgc.text.shortened import some
from spgc.text.unicode_form import composed

DASHES = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_ROUNDED = re.compile(r"\d([.,]\d+)?e\+\d{2,3}", re.ASCII | re.IGNORECASE)


PHANTOM_PREFIX = "syn-"
"""Begins the ID of each synthetic case."""


def same_name_form(text: str) -> str:
    """The form in which names of cases are compared: Unicode NFC, and nothing else.

    A Mac stores "José" with the accent as a sign of its own, a keyboard types it as one letter.
    """
    return composed(text)


def spelling_key(text: str) -> str:
    """What is left of an ID without letter case, kind of dash and zero padding: `t2-1`."""
    return _ZEROS.sub("", DASHES.sub("-", same_name_form(text).strip().lower()))


def is_rounded(name: str) -> bool:
    """Whether a case ID is a long number as spreadsheets save it, its last digits lost: 2.0E+16."""
    return _ROUNDED.fullmatch(name) is not None


def is_phantom(name: str) -> bool:
    """Whether a case ID, in any spelling, is that of a phantom."""
    return spelling_key(name).startswith(PHANTOM_PREFIX)


def unique_keys(names: Iterable[str]) -> dict[str, str]:
    """Names by spelling; one that differs from another only in spelling is left out."""
    given = list(names)
    keys = [spelling_key(name) for name in given]
    counts = Counter(keys)
    return {key: name for key, name in zip(keys, given, strict=True) if counts[key] == 1}


def match_names(labels: Mapping[str, str], names: Iterable[str], root: Path) -> dict[str, str]:
    """`labels` by the names of the scans below `root`, whose spelling they need not share.

    Raises DataError for a label without a scan, and for two that mean one scan.
    """
    given = list(names)
    same = {same_name_form(name): name for name in given}
    keys = unique_keys(given)
    found: dict[str, str] = {}
    strangers = []
    for text, label in labels.items():
        name = same.get(same_name_form(text)) or keys.get(spelling_key(text))
        if name is None:
            strangers.append(text)
        elif found.setdefault(name, label) != label:
            raise DataError(
                f"two classes for {name}",
                where=root,
                found=f"{found[name]} and {label}",
                expected="one class for each case",
                do="remove one of the two rows",
            )
    if strangers:
        raise DataError(
            f"labels for {len(strangers)} cases that have no folder",
            where=root,
            found=some(sorted(strangers)),
            expected="case IDs equal to folder names",
        )
    return found
