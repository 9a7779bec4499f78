"""What the server shows, as plain values: pages and the JSON of the interface hold nothing else.

No view holds a label, a token, or an answer of another team.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from spgc.scoring.intervals import Interval

ServedState = Literal["closed", "open", "revealed"]
"""`closed`: nothing is taken, before it opens as after it; `revealed`: over, all results shown."""

BoardPart = Literal["final", "public", "private"]
"""`final` ranks at the end; `public` is what is shown during the challenge; `private` the rest."""


@dataclass(frozen=True)
class SetView:
    """One set of cases that a submission answers; shown: results appear during the challenge."""

    name: str
    cases: int
    shown: bool


@dataclass(frozen=True)
class ChallengeView:
    """What everybody may know of the challenge.

    labels: as submissions write them; feedback: `none`, `ladder`, `hits`, `sets` or `classes`;
    feedback_said: the same in words; rule: `accuracy` or `balanced accuracy`; counted: `last` or
    `best`, where a team chooses none; most, per_day: submissions of a team, None for any number;
    invalid_per_hour: files that can't be read, which cost nothing else; opens, closes: days, or
    None; files: names of what participants download, at `/api/files/NAME`; public_cases,
    private_cases: of the ranked sets; final_said: what ranks at the end, in words.
    """

    title: str
    key: str
    digest: str
    state: ServedState
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    sets: tuple[SetView, ...]
    feedback: str
    feedback_said: str
    rule: str
    counted: str
    most: int | None
    per_day: int | None
    invalid_per_hour: int
    opens: str | None
    closes: str | None
    files: tuple[str, ...]
    public_cases: int
    private_cases: int
    final_said: str

    def as_dict(self) -> dict[str, Any]:
        return {"schema": "spgc-served-challenge/1", **asdict(self)}


@dataclass(frozen=True)
class BoardRowView:
    """One row. Without a score `rank`, `hits`, `value` and `interval` are None: never ranked.

    rank: as the board prints it, `2` or `2=`; rank_range: 95 % interval of the rank, None where
    nothing tells; hits: correct predictions of `cases`; value: what ranks, 0 to 1; interval: exact
    95 % interval of the accuracy; groups: letters, rows with a common one do not differ
    significantly, None where nothing tells; sensitivity: hits and cases by class, empty where that
    is not shown; baseline: no team's row, it takes no rank; submissions: how many the team made;
    last: time of its last one, UTC.
    """

    team: str
    rank: str | None
    rank_range: tuple[int, int] | None
    tied: bool
    hits: int | None
    cases: int
    value: float | None
    interval: Interval | None
    groups: str | None
    sensitivity: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    baseline: bool = False
    submissions: int = 0
    last: str | None = None


@dataclass(frozen=True)
class BoardView:
    """One table: rows with a score by rank, then those without one by name.

    ranks: whether it is the one that decides; notes: what has to be known to read it.
    """

    challenge: ChallengeView
    part: BoardPart
    title: str
    ranks: bool
    rows: tuple[BoardRowView, ...]
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> ServedState:
        return self.challenge.state

    def as_dict(self) -> dict[str, Any]:
        made = asdict(self)
        del made["challenge"]
        return made


@dataclass(frozen=True)
class ShownView:
    """What a team was shown of one submission, or is shown now that results are revealed.

    said: the same as one sentence; hits, cases: on the public part together; sets: hits and cases
    by set; classes: by set and class; better: of the ladder, whether the best score changed.
    """

    said: str
    hits: int | None = None
    cases: int | None = None
    sets: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    classes: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)
    better: bool | None = None


@dataclass(frozen=True)
class SentView:
    """One submission of a team; number: counted over all teams; file_hash, answer_hash: SHA-256.

    counts: whether it is the one that counts as things stand; revealed: its results on the public,
    private and final part, hits and cases, once they are revealed.
    """

    number: int
    time: str
    file_hash: str
    answer_hash: str
    bytes: int
    shown: ShownView
    counts: bool
    revealed: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class LeftView:
    """What is left of a team's limits: submissions in all and today (UTC), None for any number;
    invalid: files that can't be read, in this hour; day_ends: when today's begin again, UTC."""

    submissions: int | None
    today: int | None
    invalid: int
    day_ends: str


@dataclass(frozen=True)
class TeamView:
    """A team's own page: submissions with the newest first, limits, and its final answer.

    final: number of the submission that counts, None before the first; chosen: whether the team
    chose it, else the challenge's rule did; may_choose: until results are revealed.
    """

    challenge: ChallengeView
    team: str
    submissions: tuple[SentView, ...]
    left: LeftView
    final: int | None
    chosen: bool
    may_choose: bool

    def as_dict(self) -> dict[str, Any]:
        made = asdict(self)
        del made["challenge"]
        return {"schema": "spgc-team/1", **made}


@dataclass(frozen=True)
class ReceiptView:
    """The answer to a submission that was taken: it is stored, and this is what is shown of it.

    notes: what reading repaired or remarked, as the validator says it, one line each.
    """

    team: str
    submission: SentView
    left: LeftView
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"schema": "spgc-receipt/1", **asdict(self)}
