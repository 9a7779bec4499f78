"""Finding the case that a cell means: spelling repairs that can't hit another case."""

from __future__ import annotations

import re
from collections import Counter
from difflib import get_close_matches

from spgc.data.manifests import Manifest

_DASHES = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")

MAX_SUGGESTIONS = 100
"""Nearest IDs are looked up for this many unknown cases of a file; the rest are listed bare."""


def spelling_key(text: str) -> str:
    """What is left of an ID without letter case, kind of dash and zero padding: `t2-1`."""
    return _ZEROS.sub("", _DASHES.sub("-", text.strip().lower()))


class CaseFinder:
    """Looks up case IDs of a manifest by spelling; `split` is where suggestions come from."""

    def __init__(self, manifest: Manifest, split: str | None = None) -> None:
        self._manifest = manifest
        self.synthetic = any(case.synthetic for case in manifest)
        keys = Counter(spelling_key(case.case_id) for case in manifest)
        # An ID that differs from another only in spelling is found by its exact form alone.
        self._by_key = {
            key: case.case_id for case in manifest if keys[key := spelling_key(case.case_id)] == 1
        }
        wanted = split if split in manifest.splits() else None
        self._near = {
            key: case
            for key, case in self._by_key.items()
            if wanted is None or manifest[case].split == wanted
        }
        self._suggested = 0

    def find(self, text: str) -> str | None:
        """The case that `text` (already clean of spaces and quotes) names, or None."""
        return text if text in self._manifest else self._by_key.get(spelling_key(text))

    def nearest(self, text: str) -> str | None:
        """The valid ID that looks most like `text`, or None."""
        self._suggested += 1
        if self._suggested > MAX_SUGGESTIONS or len(text) > 64:
            return None
        near = get_close_matches(spelling_key(text), self._near, n=1, cutoff=0.6)
        return self._near[near[0]] if near else None
