"""Problems of a submission are counted in full, kept up to a limit, and quote no long text."""

from __future__ import annotations

import pytest

from spgc.submissions.problems import MAX_OF_A_KIND, Findings, of_severity, shown


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("", "''"),
        ("a" * 40, repr("a" * 40)),
        ("a" * 41, repr("a" * 39 + "…")),
        ("a" * 5000, repr("a" * 39 + "…")),
        ("two\nlines\x1b[31m", r"'two\nlines\x1b[31m'"),
    ],
    ids=["empty", "just fits", "one too long", "long", "control characters"],
)
def test_an_excerpt_is_short_and_printable(text: str, excerpt: str) -> None:
    assert shown(text) == excerpt


def test_no_more_are_kept_than_anyone_reads_and_the_rest_is_counted() -> None:
    findings = Findings()
    for line in range(MAX_OF_A_KIND + 3):
        findings.refused("label", "no label", line=line)
    for line in range(MAX_OF_A_KIND):
        findings.repaired("label", "spelling", line=line)
    refused = of_severity(findings.all(), "refused")
    assert len(refused) == MAX_OF_A_KIND + 1
    assert (refused[-1].what, refused[-1].line) == ("and 3 more of this kind", None)
    assert refused[-1].fix is not None
    repaired = of_severity(findings.all(), "repaired")
    assert len(repaired) == MAX_OF_A_KIND
    assert {one.what for one in repaired} == {"spelling"}
