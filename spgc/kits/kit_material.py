"""What every kit is made of: the challenge with its truth, its public files, its scorer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from spgc.challenge.challenge_file import FILE_NAME, find_challenge, read_challenge
from spgc.challenge.definition import Challenge, CountedSubmission, ShownBack
from spgc.data.challenge_cases import challenge_manifest, public_cases, truth_place
from spgc.data.manifests import COLUMNS, Manifest
from spgc.disclosure.limit_check import LimitCheck, check_limits
from spgc.errors import DataError
from spgc.files.csv_text import csv_text
from spgc.files.regular import read_regular
from spgc.kits.kit_files import KitFile, text_file
from spgc.kits.scorer_file import scorer_text, truth_text
from spgc.organising.participants_page import participants_page
from spgc.submissions.write import submission_text


@dataclass(frozen=True)
class KitMaterial:
    """A challenge for a kit; truth: its cases in the order that participants know, with classes."""

    challenge: Challenge
    truth: Manifest
    challenge_text: bytes

    @cached_property
    def cases(self) -> Manifest:
        """The cases without classes."""
        bare = {case.case_id: replace(case, label=None) for case in self.truth}
        return replace(self.truth, cases=bare)

    @cached_property
    def scorer(self) -> str:
        """The scorer as a Python file; it holds no label."""
        return scorer_text(self.challenge, self.cases)

    @cached_property
    def truth_csv(self) -> str:
        """The truth that the scorer reads. For organisers alone."""
        return truth_text(self.challenge, self.truth)

    @cached_property
    def example(self) -> str:
        """A submission in the right form: one class for every ranked case."""
        names = set(self.challenge.ranked)
        _, label = self.challenge.example
        ranked = {case.case_id: label for case in self.cases if case.split in names}
        return submission_text(ranked, manifest=self.cases)

    def page(
        self,
        feedback: ShownBack,
        ranked: Sequence[str] = (),
        *,
        selected: bool = False,
        counted: CountedSubmission | None = None,
    ) -> str:
        """The page for participants, in Markdown, with what the platform shows them.

        ranked: the sets that rank there at the end, where these are not all; selected: whether
        teams select which of their submissions counts; counted: which one does else, where that is
        not the one that the challenge says.
        """
        ranking = self.challenge.ranking
        ranking = replace(ranking, counted=counted or ranking.counted)
        shown = replace(self.challenge, feedback=feedback, ranking=ranking)
        return participants_page(shown, ranked=ranked, selected=selected)

    @cached_property
    def instead_of_ladder(self) -> LimitCheck:
        """What submissions give away if the correct predictions of all public sets are shown."""
        return limits_shown(self.truth, "hits")

    def disclosed(self, shown: ShownBack) -> tuple[str, ...]:
        """What the submissions give away, in words, if this is what a platform shows of them."""
        hits = shown == "hits"
        return (self.instead_of_ladder if hits else limits_shown(self.truth, shown)).lines

    def public_files(
        self,
        feedback: ShownBack,
        ranked: Sequence[str] = (),
        *,
        selected: bool = False,
        counted: CountedSubmission | None = None,
    ) -> tuple[KitFile, ...]:
        """What participants get whatever the platform: the challenge, cases, example, scorer.

        The scorer without the truth checks a file, on a machine without spgc. For the rest see
        `page`.
        """
        page = self.page(feedback, ranked, selected=selected, counted=counted)
        rows = [(case.case_id, "", case.split, "organisers", case.certainty) for case in self.cases]
        return (
            KitFile(FILE_NAME, self.challenge_text, "public"),
            text_file("cases.csv", csv_text([COLUMNS, *rows]), "public"),
            text_file("example.csv", self.example, "public"),
            text_file("check.py", self.scorer, "public"),
            text_file("README.md", page, "public"),
        )


def limits_shown(truth: Manifest, shown: ShownBack) -> LimitCheck:
    """What the submissions that a challenge allows give away where a platform shows `shown`."""
    return check_limits(replace(truth, challenge=replace(truth.challenge, feedback=shown)))


def read_material(folder: Path) -> KitMaterial:
    """The challenge in a folder, with its truth.

    Raises DataError for a challenge without a truth, and for one whose ranked sets lack cases.
    """
    challenge = read_challenge(folder)
    known = public_cases(challenge)
    place = truth_place(challenge)
    if not place.is_file():
        raise DataError(
            "no truth: a kit can't score without it",
            where=place,
            expected="the class of each case, kept apart from what participants get",
            do="spgc challenge init makes it from a label file",
        )
    classes = challenge_manifest(challenge)
    # How sure a label is may tell which one it is, so that the kit says what participants know.
    ordered = {case.case_id: replace(case, label=classes[case.case_id].label) for case in known}
    for name in challenge.ranked:
        if not any(case.split == name for case in ordered.values()):
            raise DataError(
                f"ranked set {name} has no case", where=folder, do="spgc challenge check lists all"
            )
    text = read_regular(find_challenge(folder))
    return KitMaterial(challenge, replace(classes, cases=ordered), text)
