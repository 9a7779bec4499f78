"""Labels of the rows: class and repairs of each, and unknown labels gathered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches

from spgc.challenge.definition import Challenge
from spgc.challenge.word_forms import NO_LABELS
from spgc.submissions.lines import clean
from spgc.submissions.problems import Findings, shown
from spgc.submissions.reading_rules import Reading, label_key, mapping_hint
from spgc.text.shortened import some

_SINGLES = 20
"""Unknown labels of one row each that are told one by one; more are another vocabulary."""

_REMEMBERED = 1000
"""Cells whose class is remembered: a file has few different ones, or many that are none."""

Unknown = tuple[int, str | None]
"""Line and case of a row with an unknown label."""


class LabelReader:
    """Reads one cell after another; `finish` tells what only the whole file shows."""

    def __init__(self, reading: Reading, findings: Findings) -> None:
        self._reading, self._findings = reading, findings
        self._challenge = reading.challenge
        self._unknown: dict[str, list[Unknown]] = {}
        self._mapped: Counter[str] = Counter()
        self._classes: dict[str, str | None] = {}

    @property
    def mapping(self) -> Mapping[str, str]:
        """The entries of the author's mapping that rows made use of."""
        return {key: c for key, c in self._reading.labels.items() if self._mapped[key]}

    def read(self, raw: str, line: int, case: str | None) -> str | None:
        """The class in a cell, or None."""
        text = clean(raw)
        label = self._class_of(text)
        if label is None:
            self._note_unknown(raw, text, line, case)
        elif self._reading.labels and label_key(text) in self._reading.labels:
            self._mapped[label_key(text)] += 1
        elif text != self._challenge.written[label]:
            self._findings.repaired(
                "label-spelling",
                "label in another spelling",
                line=line,
                case=case,
                found=shown(text),
                expected=self._challenge.written[label],
            )
        elif raw != text:
            self._findings.repaired(
                "spaces-quotes",
                "spaces or quotes round a cell, left out",
                line=line,
                case=case,
                found=shown(raw),
            )
        return label

    def _class_of(self, text: str) -> str | None:
        if text in self._classes:
            return self._classes[text]
        label = self._reading.class_of(text)
        if len(self._classes) < _REMEMBERED:
            self._classes[text] = label
        return label

    def _note_unknown(self, raw: str, text: str, line: int, case: str | None) -> None:
        if text.lower() not in NO_LABELS:
            self._unknown.setdefault(text, []).append((line, case))
            return
        note = self._findings.remark if self._reading.partial else self._findings.refused
        note(
            "no-label",
            "the row has no label",
            line=line,
            case=case,
            found=shown(raw.strip()),
            expected=self._challenge.expected,
            fix="every case needs a label",
        )

    def finish(self) -> None:
        """Tell which labels were mapped and which are unknown: one problem for a vocabulary."""
        if self._mapped:
            parts = [
                f"{key} = {self._challenge.written[c]} ({self._mapped[key]} rows)"
                for key, c in self.mapping.items()
            ]
            self._findings.remark("labels-mapped", f"labels as you said: {', '.join(parts)}")
        slips = {t: rows for t, rows in self._unknown.items() if len(rows) == 1 and not _number(t)}
        if len(slips) > _SINGLES:
            slips = {}
        vocabulary = {t: rows for t, rows in self._unknown.items() if t not in slips}
        if sum(map(len, vocabulary.values())) > 1:
            self._refuse_vocabulary(vocabulary)
        else:
            slips |= vocabulary
        for text, (place,) in slips.items():
            self._refuse_label(text, *place)

    def _refuse_label(self, text: str, line: int, case: str | None) -> None:
        self._findings.refused(
            "unknown-label",
            "unknown label",
            line=line,
            case=case,
            found=shown(text),
            expected=self._challenge.expected,
            fix=_fix(text, self._challenge),
        )

    def _refuse_vocabulary(self, unknown: Mapping[str, list[Unknown]]) -> None:
        often = sorted(unknown, key=lambda text: -len(unknown[text]))
        named = [f"{shown(text)} ({len(unknown[text])} rows)" for text in often]
        hint = mapping_hint(unknown, self._challenge)
        rows = sum(map(len, unknown.values()))
        self._findings.refused(
            "unknown-label",
            f"{rows} rows with labels of another kind",
            line=min(line for places in unknown.values() for line, _ in places),
            found=some(named),
            expected=self._challenge.expected,
            fix=f"say what they mean: {hint}, if that is so" if hint else _write(self._challenge),
        )


def _write(challenge: Challenge) -> str:
    return f"write one of the {challenge.number} labels"


def _number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


def _fix(text: str, challenge: Challenge) -> str:
    if _number(text):
        do = mapping_hint([text], challenge) or _write(challenge)
        return f"numbers mean another class in each system: {do}, if that is so"
    if (hint := mapping_hint([text], challenge)) and "CLASS" not in hint:
        return f"say what it means: {hint}, if that is so"
    meant = _slip_of(text[:64].lower(), challenge)
    return f"did you mean {meant}?" if meant else f"use one of the {challenge.number} labels"


def _slip_of(text: str, challenge: Challenge) -> str | None:
    """The label that `text` is a slip of the pen for: `covd-19`, `normla`, `capp`.

    What stands before or after a label makes it the opposite (`non-covid-19`, `abnormal`,
    `COVID -`) or two (`covid-19/cap`), so that one letter more or less is all that is forgiven.
    """
    alike = [
        word
        for word in challenge.words
        if word[0] == text[:1]
        and _digits(word) == _digits(text)
        and abs(len(word) - len(text)) < 2
        and text[-1:].isalnum()
    ]
    near = get_close_matches(text, alike, 1, 0.75)
    return challenge.written[challenge.words[near[0]]] if near else None


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
