"""The splits that a file answers, and which cases of them it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spgc.data.manifests import Manifest
from spgc.submissions.problems import Findings
from spgc.submissions.row_answers import Answer


@dataclass(frozen=True)
class WantedSplits:
    """What was asked for: a split or pool as it was named, and its splits."""

    name: str
    splits: tuple[str, ...]

    @property
    def title(self) -> str:
        return " and ".join(self.splits) if len(self.splits) < 3 else self.name


def scope_of(
    answered: Mapping[str, Answer],
    wanted: WantedSplits | None,
    manifest: Manifest,
    findings: Findings,
    *,
    partial: bool = False,
) -> tuple[str, ...]:
    """The splits that the file answers; what it lacks goes to `findings`.

    partial: cases may be missing, which is remarked on instead of refused.
    """
    cases: dict[str, list[str]] = {name: [] for name in manifest.splits()}
    for case in manifest:
        cases[case.split].append(case.case_id)
    given = dict.fromkeys(cases, 0)
    for case_id in answered:
        given[manifest[case_id].split] += 1
    touched = [name for name, count in given.items() if count]
    if not touched:
        _no_answer(wanted, manifest, findings)
        return ()
    if wanted and not set(wanted.splits) & set(touched):
        _wrong_split(touched, wanted, len(answered), findings)
        return ()
    scope = wanted.splits if wanted else tuple(touched)
    for name in scope:
        missing = [case for case in cases.get(name, ()) if case not in answered]
        if cases.get(name):
            _note_missing(name, missing, given[name], findings, partial=partial)
        else:
            _no_split(name, manifest, findings)
    if wanted:
        for name, others in _outside(wanted, touched, answered, manifest).items():
            whole = partial or given[name] == len(cases[name])
            _note_other(name, wanted, others, findings, whole=whole)
    return tuple(name for name in scope if given.get(name)) if partial else scope


def _outside(
    wanted: WantedSplits,
    touched: Sequence[str],
    answered: Mapping[str, Answer],
    manifest: Manifest,
) -> dict[str, dict[str, Answer]]:
    """The answers for other splits than asked for, by split and case."""
    asked = frozenset(wanted.splits)
    others: dict[str, dict[str, Answer]] = {name: {} for name in touched if name not in asked}
    for case, answer in answered.items():
        if (split := manifest[case].split) in others:
            others[split][case] = answer
    return others


def _no_answer(wanted: WantedSplits | None, manifest: Manifest, findings: Findings) -> None:
    example = manifest.challenge.example_command(wanted.name if wanted else None)
    form = f"{example} shows the form"
    if manifest.own_truth:
        form = "name the cases as the truth file does"
    findings.refused(
        "no-answer",
        "no row names a known case",
        found="0 known cases",
        expected=f"every case of {wanted.title}" if wanted else "every case of a split",
        fix=form,
    )


def _wrong_split(
    touched: Sequence[str], wanted: WantedSplits, count: int, findings: Findings
) -> None:
    names = " and ".join(touched)
    findings.refused(
        "wrong-split",
        f"these are {names} cases, you said {wanted.title}",
        found=f"{count} cases of {names}",
        expected=f"cases of {wanted.title}",
        fix=f"--split {touched[0]}, or give the file for {wanted.title}",
    )


def _no_split(split: str, manifest: Manifest, findings: Findings) -> None:
    source, more = "manifests hold", "other manifests with --manifests DIR"
    if manifest.own_truth:
        source, more = "truth file holds", "add its cases to the truth file"
    findings.refused(
        "no-split",
        f"the {source} no case of {split}",
        found="0 cases",
        expected=split,
        fix=f"name another split, or {more}",
    )


def _note_missing(
    split: str, missing: Sequence[str], given: int, findings: Findings, *, partial: bool
) -> None:
    total = given + len(missing)
    if partial:
        if missing:
            findings.remark(
                "partial",
                f"{given} of {total} cases of {split} are present",
                expected="every case, where scores are compared",
            )
    else:
        for case in missing:
            findings.refused(
                "missing-case",
                "no answer",
                case=case,
                found=f"{given} of {total}",
                expected=f"every case of {split}",
                fix="add a row for each missing case",
            )


def _note_other(
    split: str,
    wanted: WantedSplits,
    others: Mapping[str, Answer],
    findings: Findings,
    *,
    whole: bool,
) -> None:
    """Cases of another split than asked for: left aside as a whole, and else a slip to be seen."""
    if whole:
        what = f"{len(others)} cases of {split}, left aside"
        findings.remark("other-split", what, expected=f"cases of {wanted.title}")
        return
    for case, answer in others.items():
        findings.refused(
            "stray-case",
            f"a case of {split}, you said {wanted.title}",
            line=answer.line,
            case=case,
            found=split,
            expected=wanted.title,
            fix=f"remove the row, or add every case of {split}",
        )
