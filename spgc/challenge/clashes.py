"""What two classes or sets of a challenge can't share: a spelling, a column, a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spgc.challenge.challenge_entries import Entries
from spgc.challenge.definition import ChallengeClass, Pool
from spgc.challenge.set_words import EVERY_SPLIT, Split
from spgc.challenge.word_forms import COLUMN_NAMES, NO_LABELS, column_word, word_form

_TAKEN = frozenset(("macro", "team", "accuracy", "total", EVERY_SPLIT))
"""Words that mean something else wherever a class may be named."""


def refuse_clashes(
    top: Entries,
    classes: Sequence[ChallengeClass],
    sets: Mapping[str, Split],
    pools: Sequence[Pool],
) -> None:
    """Raise DataError where one word would mean two things."""
    _refuse_class_words(top, classes)
    _refuse_columns(top, classes)
    _refuse_set_words(top, sets, pools)


def _refuse_class_words(top: Entries, classes: Sequence[ChallengeClass]) -> None:
    for number, one in enumerate(classes, start=1):
        for word in one.words:
            if word in NO_LABELS:
                raise top.wrong(f"classes[{number}]", word, "a word that does not mean: no answer")
            if word in _TAKEN or column_word(word) in COLUMN_NAMES - {""}:
                raise top.wrong(f"classes[{number}]", word, "a word that means nothing else")
            if (whole := word.strip("+-")).replace(".", "", 1).isdigit() and whole != word:
                raise top.wrong(f"classes[{number}]", word, "a number without a sign")
    bare = [{word.replace("-", "") for word in one.words} for one in classes]
    _refuse_shared(top, "classes", [one.name for one in classes], bare)


def _refuse_columns(top: Entries, classes: Sequence[ChallengeClass]) -> None:
    for number, one in enumerate(classes, start=1):
        word = column_word(one.column)
        if word in COLUMN_NAMES or not one.column.isascii():
            expected = "Latin letters and digits, and no name of cases or labels"
            raise top.wrong(f"classes[{number}].column", one.column, expected)
    columns = [{column_word(one.column)} for one in classes]
    _refuse_shared(top, "classes", [one.column for one in classes], columns)
    _refuse_shared(top, "classes", [one.short for one in classes], [{c.short} for c in classes])


def _refuse_set_words(top: Entries, sets: Mapping[str, Split], pools: Sequence[Pool]) -> None:
    if len(sets) < len(top.get("sets") or ()):
        raise top.wrong("sets", "two sets of one name", "each name once")
    if not any(one.ranked for one in sets.values()):
        raise top.wrong("sets", "no set that is ranked", "ranked = true in one of them")
    called = [*sets, *(pool.name for pool in pools)]
    words = [
        *({word_form(w).replace("-", "") for w in (s.name, *s.aliases)} for s in sets.values()),
        *({word_form(pool.name).replace("-", "")} for pool in pools),
    ]
    _refuse_shared(top, "sets", [*called, EVERY_SPLIT], [*words, {EVERY_SPLIT}])


def _refuse_shared(
    top: Entries, key: str, names: Sequence[str], words: Sequence[Iterable[str]]
) -> None:
    """Refuse a word that belongs to two of the `names`."""
    owner: dict[str, int] = {}
    for place, own in enumerate(words):
        for word in own:
            other = owner.setdefault(word, place)
            if other != place:
                found = f"{word!r} of both {names[other]} and {names[place]}"
                raise top.wrong(key, found, "words that mean one thing each")
