"""Numeric DICOM tags: parsed, if need be with a remark, or named as damaged.

A damaged value is never replaced by a default in silence, and never quoted: files are of strangers.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

OFF_UNIT = 0.02
"""Largest error of the length of a direction and of the cosine between two: rounded decimals."""

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)


class DamagedTagError(ValueError):
    """A numeric tag that holds something else than its numbers."""


def numbers(
    dataset: Dataset, keyword: str, count: int, remarks: list[str]
) -> tuple[float, ...] | None:
    """The tag as `count` finite numbers, or None when it is missing or empty.

    A comma stands for the decimal point, since it can mean nothing else in one value of a decimal
    string (PS3.5, 6.2): read so, with a remark. Raises DamagedTagError for anything else.
    """
    texts = _texts(dataset, keyword)
    if not any(texts):
        return None
    if len(texts) != count or not all(_NUMBER.fullmatch(text) for text in texts):
        raise DamagedTagError(keyword)
    values = tuple(float(text.replace(",", ".")) for text in texts)
    if not all(abs(value) < float("inf") for value in values):
        raise DamagedTagError(keyword)
    if any("," in text for text in texts):
        remarks.append(f"{keyword} with a decimal comma: read as a point")
    return values


def number(dataset: Dataset, keyword: str, remarks: list[str]) -> float | None:
    """The tag as one finite number; None and DamagedTagError as for `numbers`."""
    values = numbers(dataset, keyword, 1, remarks)
    return None if values is None else values[0]


def _texts(dataset: Dataset, keyword: str) -> list[str]:
    """The values of a tag as they are written, stripped of padding."""
    try:
        value: Any = dataset.get(keyword)
    except Exception as error:  # pydicom raises many types for values that don't fit their tag
        raise DamagedTagError(keyword) from error
    if value is None:
        return []
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    if isinstance(value, str):
        value = value.split("\\")
    try:
        values = list(value)
    except TypeError:
        values = [value]
    return ["" if item is None else str(item).strip(" \0") for item in values]


def are_directions(values: tuple[float, ...]) -> bool:
    """Whether six numbers are two unit vectors at right angles (PS3.3, C.7.6.2.1.1)."""
    row, column = np.array(values[:3]), np.array(values[3:])
    errors = (row @ row - 1, column @ column - 1, row @ column)
    return all(abs(float(error)) <= 2 * OFF_UNIT for error in errors)


class TagReader:
    """Numeric tags of one image: None where missing or damaged, and what was found about them."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.remarks: list[str] = []
        self.damaged: list[str] = []

    def numbers(self, keyword: str, count: int) -> tuple[float, ...] | None:
        """`count` finite numbers."""
        try:
            return numbers(self.dataset, keyword, count, self.remarks)
        except DamagedTagError:
            self._unusable(keyword)
            return None

    def number(self, keyword: str) -> float | None:
        """One finite number."""
        values = self.numbers(keyword, 1)
        return values[0] if values else None

    def lengths(self, keyword: str, count: int) -> tuple[float, ...] | None:
        """Positive numbers; zeros are a tag that was blanked."""
        values = self.numbers(keyword, count)
        if values is None or min(values) > 0:
            return values
        self._unusable(keyword, values)
        return None

    def directions(self, keyword: str) -> tuple[float, ...] | None:
        """Two unit vectors at right angles; zeros are a tag that was blanked."""
        values = self.numbers(keyword, 6)
        if values is None or are_directions(values):
            return values
        self._unusable(keyword, values)
        return None

    def words(self, keyword: str) -> list[str]:
        """The values of a tag of text."""
        try:
            return _texts(self.dataset, keyword)
        except DamagedTagError:
            self._unusable(keyword)
            return []

    def _unusable(self, keyword: str, values: tuple[float, ...] = (1.0,)) -> None:
        """Zeros were written over what stood there, so the tag counts as missing; else damaged."""
        if any(values):
            self.damaged.append(keyword)
        self.remarks.append(f"{keyword} is {'damaged' if any(values) else 'zero'}: not used")
