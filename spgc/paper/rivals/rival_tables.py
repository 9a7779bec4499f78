"""Tables of a comparison of systems: each set, all pairs, what each system cost; and the notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from spgc.board.board_rows import BoardRow
from spgc.board.honest import Honest
from spgc.paper.rivals.rival_sets import RivalSet
from spgc.paper.rivals.rival_steps import PREDICTION, TRAINING, RivalResult
from spgc.paper.rivals.rivalry import Rivalry, seconds_a_scan
from spgc.paper.rivals.spent import Spent
from spgc.protocol import CLASSES
from spgc.report.compare_tables import p_range_text, p_text
from spgc.report.honest_tables import honest_findings, honest_table
from spgc.report.score_tables import name_text, plain_table
from spgc.scoring.printed import ABSENT, hits, percent, percent_range
from spgc.text.synthetic import SYNTHETIC_DATA

SET_COLUMNS = ("#", "System", "Published", "Here", "%", "95% CI", *CLASSES)
COST_COLUMNS = ("System", "Train s", "Predict s", "s per scan", "GiB", "Model MiB", "Engine")
PAIR_COLUMNS = ("A", "B", "only A", "only B", "p", "Holm p", "Difference")
SAID = {
    "apart": "significant",
    "not apart": "not significant",
    "undetermined": "undetermined",
}

NOTES = (
    "Published: what the system's team reached in the challenge, on its patients, as published; "
    "Here: trained on this folder's training scans and evaluated on these. Only where both are of "
    "the same patients can the two be compared.",
    "95% CI: exact (Clopper-Pearson). p: exact McNemar test on the same patients, corrected by "
    "Holm for all pairs of the set.",
    "Seconds: of training with its check on validation, and of predicting the test splits from "
    "the slice store; reading and segmenting scans are in neither. > where a sitting was cut off. "
    "GiB: memory of this process at its highest, its workers not counted.",
)


def rivalry_tables(found: Rivalry) -> Iterator[Table]:
    """Each set, then the pairs of the main one and what they can tell, then costs."""
    main = found.main
    for one in sorted(found.sets, key=lambda one: one is not main):
        yield set_table(one)
    if main is not None and main.honest is not None:
        yield honest_table(main.honest)
        yield pairs_table(main.name, main.honest, synthetic=main.synthetic)
    yield costs_table(found.results, synthetic=found.synthetic)


def set_title_of(one: RivalSet) -> str:
    """`test1: 30 scans`, or how many of how many."""
    return f"{one.name}: {one.patients}{'' if one.whole else f' of {one.of}'} scans"


def set_rows(one: RivalSet) -> Iterator[list[str]]:
    """Cells in the order of `SET_COLUMNS`; systems without a row come last, with the reason."""
    for placed in one.placed:
        row = placed.row
        classes = [hits(row.sensitivity(i)) for i in range(len(CLASSES))]
        accuracy = row.accuracy
        yield [
            placed.label,
            row.team,
            _published(one.published.get(row.team)),
            hits(accuracy),
            percent(accuracy.value),
            percent_range(accuracy.exact),
            *classes,
        ]
    for name, reason in one.refused.items():
        empty = [ABSENT] * (len(CLASSES) + 2)
        yield [ABSENT, name, _published(one.published.get(name)), _short(reason), *empty]


def _short(reason: str) -> str:
    """The reason in a word; the notes say it in full."""
    return (
        "failed" if reason.startswith("failed") else "learnt" if "trained on" in reason else ABSENT
    )


def _published(row: BoardRow | None) -> str:
    return ABSENT if row is None else f"{hits(row.accuracy)} {percent(row.accuracy.value)}"


def set_table(one: RivalSet) -> Table:
    """One set: published and retrained, with hits by class."""
    table = plain_table(set_title_of(one), synthetic=one.synthetic)
    for name in SET_COLUMNS:
        left = name == "System"
        table.add_column(name, justify="left" if left else "right", overflow="fold")
    for cells in set_rows(one):
        table.add_row(*map(name_text, cells))
    return table


def pair_rows(honest: Honest) -> Iterator[list[str]]:
    """Cells in the order of `PAIR_COLUMNS`."""
    names = [one.row.team for one in honest.standings]
    totals = [one.row.total_hits for one in honest.standings]
    for pair in honest.pairs:
        only = pair.only_a[0]
        only_b = only - (totals[pair.a] - totals[pair.b])
        numbers = [str(only), str(only_b), p_text(pair.p[1]), p_text(pair.holm[1])]
        yield [names[pair.a], names[pair.b], *numbers, SAID[pair.told]]


def pairs_table(name: str, honest: Honest, *, synthetic: bool) -> Table:
    """Every pair of systems on one set."""
    table = plain_table(f"{name}: pairs, exact McNemar test", synthetic=synthetic)
    for column in PAIR_COLUMNS:
        left = column in ("A", "B", "Difference")
        table.add_column(column, justify="left" if left else "right", overflow="fold")
    for cells in pair_rows(honest):
        table.add_row(*map(name_text, cells))
    return table


def cost_rows(results: Sequence[RivalResult]) -> Iterator[list[str]]:
    """Cells in the order of `COST_COLUMNS`."""
    for one in results:
        training, prediction = one.spent.get(TRAINING), one.spent.get(PREDICTION)
        each = seconds_a_scan(one)
        peaks = [s.peak_gib for s in (training, prediction) if s is not None and s.peak_gib]
        yield [
            one.name,
            _seconds(training),
            _seconds(prediction),
            ABSENT if each is None else f"{each:.2f}",
            f"{max(peaks):.1f}" if peaks else ABSENT,
            f"{one.model_bytes / 2**20:.1f}" if one.model_bytes else ABSENT,
            " ".join(filter(None, (one.used.get("engine"), one.used.get("precision")))) or ABSENT,
        ]


def _seconds(spent: Spent | None) -> str:
    return ABSENT if spent is None else f"{'>' if spent.at_least else ''}{spent.seconds:.0f}"


def costs_table(results: Sequence[RivalResult], *, synthetic: bool) -> Table:
    """What training and prediction took."""
    table = plain_table("Cost: time, memory, model size", synthetic=synthetic)
    for name in COST_COLUMNS:
        left = name in ("System", "Engine")
        table.add_column(name, justify="left" if left else "right", overflow="fold")
    for cells in cost_rows(results):
        table.add_row(*map(name_text, cells))
    return table


def rivalry_notes(found: Rivalry) -> Iterator[str]:
    """What a reader has to know to trust the tables."""
    if found.synthetic:
        yield SYNTHETIC_DATA
    yield from NOTES
    for one in found.results:
        if one.failure is not None:
            yield f"{one.name} failed in {one.failure}"
        if one.learnt:
            yield f"{one.name} was trained on {len(one.learnt)} validation scans: no score there."
        elif one.chooses_by_val:
            yield f"{one.name} chose something by the validation scans: its score there is no test."
    main = found.main
    if main is not None:
        if main.honest is not None:
            yield from honest_findings(main.honest)
        for name, bound in main.against.items():
            yield (
                f"{name} against {bound.team} as published, on {main.name}: {bound.difference:+d} "
                f"of {bound.patients}, p {p_range_text(bound)} ({bound.basis}): {bound.verdict}."
            )
        sources = {row.team: row.source for row in main.published.values()}
        for team, source in sources.items():
            yield f"Published, {team}: {source}."
