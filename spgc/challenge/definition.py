"""What a challenge is: classes, sets, pools, how it ranks, what it allows and shows back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

from spgc.challenge.set_words import EVERY_SPLIT, SetUse, SetWords, Split
from spgc.challenge.word_forms import COLUMN_NAMES, class_form, column_word
from spgc.text.command_lines import command_line

FEWEST_CLASSES, MOST_CLASSES = 2, 20

RankingRule = Literal["accuracy", "balanced accuracy"]
CountedSubmission = Literal["last", "best"]
ShownBack = Literal["none", "ladder", "hits", "sets", "classes"]
"""What a team is shown of a submission while the challenge runs: nothing; a new score only where it
beats the team's best clearly (the Ladder of Blum and Hardt, 2015); the right answers on all public
sets together; those of each set; those of each class and set."""

_NUMBERS = {
    2: "two",
    3: "three",
    4: "four",
    5: "five",
    6: "six",
    7: "seven",
    8: "eight",
    9: "nine",
    10: "ten",
}


@dataclass(frozen=True)
class ChallengeClass:
    """One class: `name` in tables, `written` in submissions, other `spellings` of it.

    column: of its probability; elsewhere: words of other data sets, which are no answers but hint
    at what is meant; letter: stands for it in pictures.
    """

    name: str
    written: str
    spellings: tuple[str, ...]
    column: str
    elsewhere: tuple[str, ...] = ()
    letter: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Every spelling, in the form in which classes are compared."""
        return tuple(dict.fromkeys(map(class_form, (self.name, self.written, *self.spellings))))

    @property
    def short(self) -> str:
        """Its name within names of columns: `covid19` in `right_covid19`."""
        return self.column.removeprefix("p_")


@dataclass(frozen=True)
class Pool:
    """Several sets under one name; heading: of its table on the leaderboard."""

    name: str
    title: str
    sets: tuple[str, ...]
    heading: str
    paper_table: str | None = None


@dataclass(frozen=True)
class Ranking:
    """How rows are ranked; equal ones share a rank and are listed by a class's sensitivity.

    tie_break: that class; teams: how many took part, where not all results are published; counted:
    which of a team's submissions counts.
    """

    rule: RankingRule = "accuracy"
    tie_break: str | None = None
    teams: int | None = None
    counted: CountedSubmission = "last"


@dataclass(frozen=True)
class SubmissionLimits:
    """How many submissions a team may make, in all and on one day; None for any number."""

    submissions: int | None = None
    per_day: int | None = None


@dataclass(frozen=True)
class Challenge:
    """A challenge, as its file says; nothing in it is secret.

    key: a short name for records; cases, truth: files beside the challenge's own, of which the
    truth is kept apart; teaches: set and class of the example submission; leaderboard: folder of
    published results beside the challenge's file; short: what boards call it; source: the file
    that was read, None for the one that comes with spgc.
    """

    title: str
    key: str
    classes: tuple[ChallengeClass, ...]
    sets: Mapping[str, Split]
    pools: Mapping[str, Pool] = field(default_factory=dict)
    ranking: Ranking = Ranking()
    limits: SubmissionLimits = SubmissionLimits()
    feedback: ShownBack = "ladder"
    opens: date | None = None
    closes: date | None = None
    cases: tuple[str, ...] = ()
    truth: str | None = None
    teaches: tuple[str, str] | None = None
    leaderboard: str | None = None
    short: str | None = None
    digest: str = ""
    shipped: bool = False
    source: Path | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        return hash((self.key, self.digest))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, in the order of every count and probability."""
        return tuple(one.name for one in self.classes)

    @cached_property
    def written(self) -> Mapping[str, str]:
        """How submissions are written, by class."""
        return {one.name: one.written for one in self.classes}

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """Names of the columns of probabilities, by class."""
        return {one.name: one.column for one in self.classes}

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The class of each known spelling."""
        return {word: one.name for one in self.classes for word in one.words}

    @cached_property
    def elsewhere(self) -> Mapping[str, str]:
        """The class that each word of another data set hints at."""
        return {word: one.name for one in self.classes for word in one.elsewhere}

    @cached_property
    def letters(self) -> Mapping[str, str]:
        """One sign for each class, for pictures: its first letter; A, B, C where two share one."""
        given = [one.letter or one.name[0].upper() for one in self.classes]
        if len(set(given)) < len(given):
            given = [chr(ord("A") + place) for place in range(len(given))]
        return dict(zip(self.names, given, strict=True))

    def class_named(self, text: str) -> str | None:
        """The class that `text` names, in any letter case and with any kind of dash, or None."""
        return self.words.get(class_form(text))

    @cached_property
    def probability_words(self) -> Mapping[str, str]:
        """The class of each name of a column of probabilities, in the form of `column_word`.

        Names that two classes could have, or a column of something else, are nobody's.
        """
        owners: dict[str, set[str]] = {}
        for one in self.classes:
            for word in _column_words(one):
                owners.setdefault(word, set()).add(one.name)
        found = {
            word: next(iter(names))
            for word, names in owners.items()
            if len(names) == 1 and word not in COLUMN_NAMES
        }
        return found | {column_word(one.column): one.name for one in self.classes}

    @cached_property
    def bare_words(self) -> Mapping[str, str]:
        """The class of each spelling as a column's name, in a file of probabilities alone."""
        return {column_word(word): name for word, name in self.words.items() if word.isascii()}

    @property
    def expected(self) -> str:
        """The labels of a submission as errors list them."""
        return " | ".join(self.written.values())

    @property
    def number(self) -> str:
        """How many classes there are, as a word."""
        return _NUMBERS.get(len(self.classes), str(len(self.classes)))

    @cached_property
    def ranked(self) -> tuple[str, ...]:
        """The sets that are ranked."""
        return tuple(name for name, one in self.sets.items() if one.ranked)

    @cached_property
    def overall(self) -> Pool | None:
        """The pool that ranks: all ranked sets together, where there are several."""
        return next((one for one in self.pools.values() if one.sets == self.ranked), None)

    @cached_property
    def set_words(self) -> SetWords:
        """What the names of sets mean; `all` is every set."""
        pools = {name: pool.sets for name, pool in self.pools.items()}
        return SetWords(self.sets, {**pools, EVERY_SPLIT: tuple(self.sets)})

    def splits_named(self, name: str, present: Sequence[str] = ()) -> tuple[str, ...]:
        """The sets that `name` means: see `SetWords.named`."""
        return self.set_words.named(name, present)

    def sets_for(self, use: SetUse) -> list[str]:
        """The sets that systems learn from, are chosen by, or are tested on."""
        return [name for name, one in self.sets.items() if one.use == use]

    @property
    def example(self) -> tuple[str, str]:
        """Set and class of the example submission."""
        return self.teaches or ((*self.ranked, *self.sets)[0], self.names[-1])

    def example_command(self, split: str | None = None) -> str:
        """The command that shows the form of a submission."""
        return command_line("spgc", "example", "--split", split or self.example[0], *self.options)

    @property
    def options(self) -> tuple[str, ...]:
        """The options of a command that name this challenge; none for the default."""
        return () if self.source is None else ("--challenge", str(self.source))


def _column_words(one: ChallengeClass) -> list[str]:
    """Names that a column of this class's probability may have."""
    words = [column_word(word) for word in one.words if word.isascii()]
    named = [f"{start}{word}" for start in ("p", "prob") for word in words]
    return named + ([f"probability{column_word(one.written)}"] if one.written.isascii() else [])
