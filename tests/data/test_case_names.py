"""Names that look the same are the same; names that don't stay apart."""

from __future__ import annotations

import pytest

from spgc.data.case_names import same_name_form


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert same_name_form("Jose\u0301") == same_name_form("Jos\u00e9") == "Jos\u00e9"


@pytest.mark.parametrize("name", ["P001", "p001", " a ", "\ufb01", "\udce9t\udce9", ""])
def test_all_else_stays_as_it_is(name: str) -> None:
    """Letter case, spaces, ligatures, and bytes that are no UTF-8 are left alone."""
    assert same_name_form(name) == name
