"""Names in the order in which people count, whatever signs they hold."""

from __future__ import annotations

from spgc.text.natural_order import natural_order


def test_numbers_in_names_are_numbers() -> None:
    names = ["case 10", "case 9", "case 09b", "10", "9", "\u0663"]
    assert sorted(names, key=natural_order) == [
        "\u0663",
        "9",
        "10",
        "case 9",
        "case 09b",
        "case 10",
    ]


def test_signs_that_are_no_digits_are_text() -> None:
    """A raised 2 is a digit to `str.isdigit` and no number to `int`."""
    names = ["1\u00b23", "\u00b2", "1" * 5000, "\u2460", ""]
    assert sorted(sorted(names, key=natural_order)) == sorted(names)
