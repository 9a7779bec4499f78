"""Lists in one line: the first few, and how many more there are."""

from spgc.text.shortened import FEW, NAMED, some


def test_a_list_that_fits_is_whole() -> None:
    assert some([]) == ""
    assert some(["a"]) == "a"
    assert some(list("abcde")) == "a, b, c, d, e"
    assert some(list("abc"), FEW) == "a, b, c"


def test_what_does_not_fit_is_counted() -> None:
    assert some(list("abcdef")) == "a, b, c, d, e and 1 more"
    assert some(list("abcdef"), FEW) == "a, b, c and 3 more"
    assert some(list("abc"), 2, " and ") == "a and b and 1 more"
    assert FEW < NAMED
