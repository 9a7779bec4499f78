"""The page that participants of a challenge get: what to send, and how it is ranked."""

from __future__ import annotations

from collections.abc import Sequence

from spgc.challenge.challenge_file import FILE_NAME
from spgc.challenge.definition import Challenge
from spgc.text.markdown import plain

PAGE = "README.md"

SHOWN_BACK = {
    "none": "nothing until the end",
    "ladder": "your best score so far; it changes only when a new submission is clearly better",
    "hits": "the number of correct predictions on all public sets together",
    "sets": "the number of correct predictions on each public set",
    "classes": "the number of correct predictions of each class on each public set",
}
"""What participants are shown of a submission, by kind of feedback."""

SELECTED = (
    "Of several submissions the one that you select counts; if you select none, the one with the "
    "best public score."
)
"""What counts on platforms where teams select, whatever the challenge says."""


def participants_page(
    challenge: Challenge,
    final: str | None = None,
    ranked: Sequence[str] = (),
    *,
    selected: bool = False,
) -> str:
    """Form of a submission, classes, sets, ranking, limits and dates, as Markdown.

    final: what ranks at the end, where scores during the challenge are of drawn cases of each set;
    ranked: the sets that do where a platform leaves some out; selected: whether teams select there
    which of their submissions counts.
    """
    rules = rule_lines(challenge, ranked, selected=selected)
    if final:
        rules.append(f"- {plain(final)}")
    parts = [
        f"# {plain(challenge.title)}",
        "Send one CSV file with one row per case of `cases.csv`, in this form (`example.csv` is a "
        "whole one):",
        _example(challenge),
        "Probabilities may come along, one column per class that sums to 1 in each row: "
        f"`{','.join(challenge.columns.values())}`.",
        f"## Classes\n\n{_classes(challenge)}",
        f"## Sets\n\n{_sets(challenge, drawn=final is not None)}",
        "## Ranking\n\n" + "\n".join(rules),
        "## Check your file\n\n"
        "```console\npip install spgc\n"
        f"spgc validate submission.csv --challenge {FILE_NAME}\n```\n\n"
        "It lists every problem with its line, and what to do. It needs no labels and sends "
        "nothing.",
    ]
    return "\n\n".join(parts) + "\n"


def _example(challenge: Challenge) -> str:
    first, second, *_ = challenge.written.values()
    return f"```csv\nStudy,Label\nCASE-1,{first}\nCASE-2,{second}\n```"


def _classes(challenge: Challenge) -> str:
    rows = []
    for one in challenge.classes:
        further = ", ".join(f"`{word}`" for word in one.spellings)
        rows.append(f"- `{one.written}`{f' (also {further})' if further else ''}")
    return "\n".join([*rows, "", "Letter case, blanks and dashes make no difference."])


def _sets(challenge: Challenge, *, drawn: bool = False) -> str:
    during = f"{'of some cases, the public part, ' if drawn else ''}shown during the challenge"
    rows = ["| set | cases | results |", "|---|---:|---|"]
    for one in challenge.sets.values():
        shown = during if one.public else "shown at the end"
        rows.append(f"| {plain(one.name)} | {one.size} | {shown} |")
    return "\n".join(rows)


def rule_lines(
    challenge: Challenge, ranked: Sequence[str] = (), *, selected: bool = False
) -> list[str]:
    """Ranking, feedback, limits and dates, one item of a Markdown list each."""
    return [f"- {plain(fact)}" for fact in ranking_facts(challenge, ranked, selected=selected)]


def ranking_facts(
    challenge: Challenge, ranked: Sequence[str] = (), *, selected: bool = False
) -> list[str]:
    """How it is ranked, what is shown back, limits and dates, as sentences.

    ranked, selected: as in `participants_page`.
    """
    ranking, limits = challenge.ranking, challenge.limits
    lines = [
        f"Ranked by {ranking.rule}{_where(challenge, ranked)}; equal scores share a rank.",
        SELECTED if selected else f"Of several submissions your {ranking.counted} one counts.",
        f"Feedback: {SHOWN_BACK[challenge.feedback]}.",
    ]
    if limits.submissions:
        lines.append(f"Submissions per team: at most {limits.submissions}.")
    if limits.per_day:
        lines.append(f"Submissions per day: at most {limits.per_day}.")
    if challenge.opens:
        lines.append(f"Opens {challenge.opens}.")
    if challenge.closes:
        lines.append(f"Closes {challenge.closes}.")
    return lines


def _where(challenge: Challenge, ranked: Sequence[str]) -> str:
    """The sets that rank, unless the challenge has no other one."""
    if ranked and tuple(ranked) != challenge.ranked:
        together = " together" if len(ranked) > 1 else " alone"
        return f" on {' and '.join(ranked)}{together}"
    return f" on {' and '.join(challenge.ranked)} together" if len(challenge.ranked) > 1 else ""
