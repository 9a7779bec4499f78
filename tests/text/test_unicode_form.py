"""Names are composed as Python composes them, but in bounded time."""

from __future__ import annotations

import random
import sys
import time
import unicodedata

import pytest

from spgc.text.unicode_form import MOST_MARKS, composed

SIGNS = "aeouéñ가각ㅏཱི\u1100\u1161\u11a8\u0300\u0301\u0308\u0315\u0323\u0344\u0f71\u0f73\u0f81\u3099"


def test_short_runs_are_pythons_own_form() -> None:
    """Random text of letters, parts of syllables and marks, with fewer marks in a row."""
    rng = random.Random(1)  # noqa: S311
    for _ in range(2000):
        text = "".join(rng.choices(SIGNS, k=rng.randrange(40)))
        if composed(text) != unicodedata.normalize("NFC", text):
            assert len(text) > MOST_MARKS
            pytest.fail(ascii(text))


def test_every_mark_is_known() -> None:
    """Beyond the range that is looked through, Python knows none."""
    rest = map(chr, range(0x1F000, sys.maxunicode + 1))
    assert not any(map(unicodedata.combining, rest))


@pytest.mark.parametrize("marks", ["\u0315\u0300", "\u0f73\u0f75", "\u0344\u0315"], ids=ascii)
def test_a_long_run_costs_a_straight_line(marks: str) -> None:
    """400,000 marks on one letter, many minutes for Python alone; the rest as ever."""
    text = f"e\u0301{marks * 200_000}e\u0301"
    start = time.process_time()
    made = composed(text)
    assert time.process_time() - start < 2
    assert composed(made) == made
    assert made.endswith(f"{marks}\xe9")
