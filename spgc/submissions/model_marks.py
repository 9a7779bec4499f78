"""What the record beside a file says of its answers, as findings: how the model met the cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from types import MappingProxyType

from spgc.files.standard_input import GivenFile
from spgc.submissions.problems import Findings, Problem
from spgc.submissions.record import (
    CHOSEN,
    LEARNT,
    TRAINED,
    damage_of,
    marked_cases,
    place_of,
)
from spgc.text.marked_answers import chosen_by, filled_in, trained_on, transductive
from spgc.text.shortened import some

_MARKS: Mapping[str, tuple[str, Callable[[int], str]]] = MappingProxyType(
    {
        TRAINED: ("trained-on", trained_on),
        CHOSEN: ("chosen-by", chosen_by),
        "transductive": ("transductive", transductive),
        "filled_in": ("filled-in", filled_in),
    }
)
"""Kind of the remark, and its words, by the field of the record."""


def marks_of(file: GivenFile, cases: Collection[str]) -> list[Problem]:
    """Remarks on marked answers for `cases`, and what refuses the file.

    That is a model which learnt from cases beyond its training split, with their labels: how many
    of them it has right says nothing of it.
    """
    findings = Findings()
    if isinstance(file, Path) and (damage := damage_of(place_of(file))):
        findings.refused(
            "damaged-record",
            f"the record beside the submission, {place_of(file).name}, can't be read",
            found=damage,
            expected="what spgc predict wrote, such as which cases the model was trained on",
            fix="predict again, or remove the record: the model is unknown then",
        )
    if learnt := _among(cases, file, LEARNT):
        findings.refused(
            "learnt",
            "the model was trained on cases of this submission, with their labels",
            found=some(learnt),
            expected="scans that it did not learn from",
            fix="score another split, or train on the training split alone",
        )
    for field, (kind, words) in _MARKS.items():
        if marked := _among(cases, file, field):
            findings.remark(kind, words(len(marked)))
    return findings.all()


def _among(cases: Collection[str], file: GivenFile, field: str) -> list[str]:
    return sorted(marked_cases([file], field).intersection(cases))
