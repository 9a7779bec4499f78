"""YAML that is written is read as what it was made of."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from spgc.text.printable import printable
from spgc.text.yaml_text import yaml_lines

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(printable)
KEYS = TEXTS | st.sampled_from(["yes", "No", "on", "null", "y", "1", "a b", "a-b", "~", "# x", ""])
SINGLE = TEXTS | st.integers() | st.booleans() | st.none() | st.floats(0.001, 1000.0)


def mappings(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(KEYS, inner, min_size=1, max_size=4)


DOCUMENTS = mappings(
    st.recursive(
        SINGLE, lambda x: mappings(x) | st.lists(SINGLE | mappings(x), max_size=3), max_leaves=12
    )
)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS)
def test_reads_back(document: dict[str, Any]) -> None:
    assert yaml.safe_load("\n".join(yaml_lines(document))) == document
