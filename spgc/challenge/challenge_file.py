"""Reading a challenge file, `challenge.toml`: strictly, since every score follows from it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from spgc.challenge.challenge_entries import Entries
from spgc.challenge.clashes import refuse_clashes
from spgc.challenge.definition import (
    FEWEST_CLASSES,
    MOST_CLASSES,
    Challenge,
    ChallengeClass,
    Pool,
    Ranking,
    SubmissionLimits,
)
from spgc.challenge.set_words import Split
from spgc.challenge.word_forms import column_word, default_column, word_form
from spgc.errors import DataError
from spgc.files.foreign_names import refuse_name
from spgc.files.hashes import facts_digest
from spgc.files.regular import is_folder
from spgc.files.toml_documents import read_toml

FILE_NAME = "challenge.toml"

PUBLIC, PRIVATE = "public", "private"
"""Folders of a challenge: what participants get, and what its organisers keep to themselves."""

MAX_BYTES = 2**18
"""Of a challenge file, which has some kilobytes."""

MAX_SCANS = 10_000_000
MAX_SUBMISSIONS = 1_000_000

_POOLED = "overall"
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DIGITS = 12


def find_challenge(given: Path) -> Path:
    """The challenge file that `given` is, or that lies in this folder or in its folder `public`.

    Raises DataError where there is none.
    """
    if not is_folder(given):
        return given
    for path in (given / FILE_NAME, given / PUBLIC / FILE_NAME):
        if path.is_file():
            return path
    raise DataError(
        "folder holds no challenge",
        where=given,
        expected=FILE_NAME,
        do="name the file, or make one with spgc challenge init",
    )


def read_challenge(given: Path) -> Challenge:
    """The challenge that a file or folder holds.

    Raises DataError, naming file and key, for an unknown key, a value of another kind, fewer than
    2 or more than 20 classes, spellings that two classes or sets share, and text that can't be
    printed.
    """
    path = find_challenge(given)
    made = challenge_of(_load(path), path)
    return replace(made, source=given)


def _load(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path, MAX_BYTES)
    except (OSError, ValueError, RecursionError) as error:
        found = error.strerror if isinstance(error, OSError) else str(error)
        made = "spgc challenge init makes one from a label file"
        written = "correct that line: texts in quotes, dates as 2030-01-01 without"
        raise DataError(
            "challenge file can't be read",
            where=path,
            found=(found or type(error).__name__).splitlines()[0],
            expected="a TOML file",
            do=written if isinstance(error, tomllib.TOMLDecodeError) else made,
        ) from error


def challenge_of(document: dict[str, Any], path: Path) -> Challenge:
    """The challenge in a document of TOML; `path` is for errors. Raises as `read_challenge`."""
    top = Entries(document, path)
    if type(top.get("format")) is not int or document["format"] != 1:
        raise top.wrong("format", document.get("format"), "1")
    title = top.text("title", longest=200)
    key = top.text("key", slug(title))
    if not _KEY.fullmatch(key):
        raise top.wrong("key", key, "lower case letters, digits and hyphens, 40 at most")
    classes = _classes(top)
    sets = {one.name: one for one in (_set(entry, len(classes)) for entry in top.tables("sets"))}
    pools = _with_overall([_pool(entry, sets) for entry in top.tables("pools")], sets)
    refuse_clashes(top, classes, sets, pools)
    opens, closes = top.day("opens"), top.day("closes")
    if opens and closes and closes < opens:
        raise top.wrong("closes", str(closes), f"a day from {opens} on")
    made = Challenge(
        title,
        key,
        classes,
        sets,
        {pool.name: pool for pool in pools},
        _ranking(top.table("ranking"), classes),
        _limits(top.table("limits")),
        _feedback(top.table("feedback")),
        opens,
        closes,
        _files(top, "cases"),
        _plain_name(top, "truth"),
        _example(top, classes, sets),
        _plain_name(top, "leaderboard"),
        None if top.get("short") is None else top.name("short"),
    )
    top.finish()
    return replace(made, digest=_digest(made))


def slug(text: str) -> str:
    """`text` as a short name of Latin letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-") or "challenge"


def _classes(top: Entries) -> tuple[ChallengeClass, ...]:
    entries = top.tables("classes")
    if not FEWEST_CLASSES <= len(entries) <= MOST_CLASSES:
        expected = f"{FEWEST_CLASSES} to {MOST_CLASSES} tables [[classes]]"
        raise top.wrong("classes", len(entries), expected)
    return tuple(_class(entry, number) for number, entry in enumerate(entries, start=1))


def _class(entry: Entries, number: int) -> ChallengeClass:
    name = entry.name("name")
    latin = column_word(name) != ""
    letter = entry.text("letter", " ", longest=1).strip()
    made = ChallengeClass(
        name,
        entry.name("written", name),
        entry.names("spellings"),
        entry.name("column", default_column(name) if latin else f"p_class_{number}"),
        tuple(word.lower() for word in entry.names("elsewhere")),
        letter,
    )
    entry.finish()
    return made


def _set(entry: Entries, classes: int) -> Split:
    name = entry.name("name")
    try:
        refuse_name(name, "set", entry.path)
    except DataError as error:
        raise entry.wrong("name", name, "a name that a file can have") from error
    counts = entry.wholes("scans", MAX_SCANS)
    if counts and len(counts) != classes:
        raise entry.wrong("scans", list(counts), f"a number for each of the {classes} classes")
    size = entry.whole("size", 0, MAX_SCANS)
    if size is None and not counts:
        raise entry.wrong("size", None, "how many cases the set has")
    if size is not None and counts and size != sum(counts):
        raise entry.wrong("size", size, f"{sum(counts)}, the sum of scans")
    dataset = entry.text("dataset", "–"), entry.text("url", "–")
    made = Split(
        name,
        entry.text("title", name),
        counts,
        entry.flag("ranked", False),
        tuple(map(word_form, entry.names("aliases"))),
        entry.text("paper_table", "–"),
        entry.text("note", "–"),
        size or 0,
        entry.flag("public", True),
        entry.flag("board", True),
        dataset if "–" not in dataset else None,
        entry.word("use", ("training", "validation", "test"), "test"),
    )
    entry.finish()
    return made


def _pool(entry: Entries, sets: dict[str, Split]) -> Pool:
    name, names = entry.name("name"), entry.names("sets")
    if len(names) < 2 or not set(names) <= set(sets) or len(set(names)) < len(names):
        raise entry.wrong("sets", list(names), f"two or more of {' | '.join(sets)}")
    title = entry.text("title", f"{' and '.join(names)} pooled")
    table = entry.text("paper_table", "–")
    made = Pool(
        name,
        title,
        names,
        entry.text("heading", title.capitalize()),
        None if table == "–" else table,
    )
    entry.finish()
    return made


def _with_overall(pools: Sequence[Pool], sets: dict[str, Split]) -> list[Pool]:
    """The pools, with one of all ranked sets: what ranks stands first."""
    ranked = tuple(name for name, one in sets.items() if one.ranked)
    if len(ranked) < 2 or any(pool.sets == ranked for pool in pools):
        return list(pools)
    title = "ranked sets pooled"
    return [Pool(_POOLED, title, ranked, f"All {len(ranked)} ranked sets"), *pools]


def _ranking(entry: Entries, classes: Sequence[ChallengeClass]) -> Ranking:
    names = [one.name for one in classes]
    made = Ranking(
        entry.word("rule", ("accuracy", "balanced accuracy"), "accuracy"),
        entry.word("tie_break", names, "") or None,
        entry.whole("teams", 1, MAX_SUBMISSIONS),
        entry.word("counted", ("last", "best"), "last"),
    )
    entry.finish()
    return made


def _limits(entry: Entries) -> SubmissionLimits:
    made = SubmissionLimits(
        entry.whole("submissions", 1, MAX_SUBMISSIONS), entry.whole("per_day", 1, MAX_SUBMISSIONS)
    )
    entry.finish()
    return made


def _feedback(entry: Entries) -> Any:
    known = ("none", "ladder", "hits", "sets", "classes")
    made = entry.word("shown", known, "ladder")
    entry.finish()
    return made


def _files(top: Entries, key: str) -> tuple[str, ...]:
    """Names of files beside the challenge file: never paths, whoever wrote it."""
    names = top.lines(key)
    for name in names:
        _plain(top, key, name)
    return names


def _plain(top: Entries, key: str, name: str) -> None:
    try:
        refuse_name(name, "file", top.path)
    except DataError as error:
        raise top.wrong(key, name, "the plain name of a file") from error


def _plain_name(top: Entries, key: str) -> str | None:
    """The name of one file or folder under `key`; None where there is none."""
    name = top.text(key, "–")
    if name == "–":
        return None
    _plain(top, key, name)
    return name


def _example(
    top: Entries, classes: Sequence[ChallengeClass], sets: dict[str, Split]
) -> tuple[str, str] | None:
    entry = top.table("example")
    made = (
        entry.word("set", list(sets), ""),
        entry.word("class", [one.name for one in classes], ""),
    )
    entry.finish()
    return made if all(made) else None


def _digest(made: Challenge) -> str:
    """Of all that a score depends on: two challenges with one digest give the same numbers."""
    facts = {
        "classes": [[one.name, one.written, *one.words] for one in made.classes],
        "sets": [[s.name, s.size, list(s.counts), s.ranked] for s in made.sets.values()],
        "pools": [[pool.name, *pool.sets] for pool in made.pools.values()],
        "ranking": [made.ranking.rule, made.ranking.tie_break],
    }
    return facts_digest(facts)[:_DIGITS]
