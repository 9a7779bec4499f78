"""Probabilities beside the answers: what is read, repaired or refused of them."""

from __future__ import annotations

import re

import pytest

from spgc.data.manifests import Manifest
from spgc.submissions.validate import validate
from tests.submissions.found_problems import GOOD, WriteFile, kinds, only

PROBABILITIES = "Study,Label,p_covid19,p_cap,p_normal\n"


@pytest.mark.parametrize("share", ["70", "70%", "70 %"])
def test_percentages_are_told_as_such(share: str, tiny: Manifest, write: WriteFile) -> None:
    rows = f"T2-001,covid-19,{share},.2,.1\nT2-002,cap,0,1,0\nT2-003,normal,.5,.2,.3\n"
    report = validate(write(PROBABILITIES + rows), None, tiny)
    assert only(report, "probability").fix == "divide percentages by 100"


def test_probabilities_come_along(tiny: Manifest, write: WriteFile) -> None:
    rows = "T2-001,covid-19,.7,.2,.1\nT2-002,cap,0,1,0\nT2-003,normal,.5,.2,.3\n"
    report = validate(write(PROBABILITIES + rows), None, tiny)
    assert report.accepted().probabilities == {
        "T2-001": (0.7, 0.2, 0.1),
        "T2-002": (0.0, 1.0, 0.0),
        "T2-003": (0.5, 0.2, 0.3),
    }
    assert only(report, "not-most-probable").case == "T2-003"


def test_a_softmax_in_32_bits_is_moved_to_the_edge(tiny: Manifest, write: WriteFile) -> None:
    rows = "T2-001,covid-19,1.0000002,0.0,-1.2e-08\nT2-002,cap,0,1,-0.0\nT2-003,normal,0,0,1\n"
    report = validate(write(PROBABILITIES + rows), None, tiny)
    shares = report.accepted().probabilities
    assert shares is not None
    assert repr(shares["T2-001"]) == "(1.0, 0.0, 0.0)"
    assert repr(shares["T2-002"]) == "(0.0, 1.0, 0.0)"
    assert kinds(report, "remark") == ["probability-edge", "probability-edge"]


def test_decimal_commas_of_a_spreadsheet_are_read(tiny: Manifest, write: WriteFile) -> None:
    rows = "T2-001,covid-19,.7,.2,.1\nT2-002,cap,0,1,0\nT2-003,normal,.2,.2,.6\n"
    text = (PROBABILITIES + rows).replace(",", ";").replace(".", "0,")
    quoted = PROBABILITIES + re.sub(r"\.(\d)", r'"0,\1"', rows)
    for form in (text, quoted):
        shares = validate(write(form), None, tiny).accepted().probabilities
        assert shares is not None
        assert shares["T2-001"] == (0.7, 0.2, 0.1)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ("70,20,10", "probability"),
        ("nan,.5,.5", "probability"),
        ("x,.5,.5", "probability"),
        (",,", "probability"),
        (".9,.9,.9", "probability-sum"),
        ("-0.1,.6,.5", "probability"),
        ("inf,0,0", "probability"),
        ("1e400,0,0", "probability"),
        ("1.00001,0,0", "probability"),
        ("\u0660.7,.2,.1", "probability"),
        ("\uff11,0,0", "probability"),
        ('"1,000.5",0,0', "probability"),
        ("0_1,.5,.5", "probability"),
    ],
)
def test_bad_probabilities_are_refused(
    cells: str, kind: str, tiny: Manifest, write: WriteFile
) -> None:
    rows = f"T2-001,covid-19,{cells}\nT2-002,cap,0,1,0\nT2-003,normal,0,0,1\n"
    assert kind in kinds(validate(write(PROBABILITIES + rows), None, tiny), "refused")


def test_two_of_three_probability_columns_are_refused(tiny: Manifest, write: WriteFile) -> None:
    report = validate(write(GOOD.replace("Study,Label", "Study,Label,p_cap")), None, tiny)
    assert "add p_covid19, p_normal" in (only(report, "probability-columns").fix or "")
