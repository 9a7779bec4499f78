"""Baselines of real patients come from published answers on the validation scans alone."""

from spgc.board.published_answers import published_answers
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import read_manifests
from spgc.gate.real import real_baseline, real_baselines


def test_a_baseline_for_each_system_with_answers_on_validation() -> None:
    wanted = {f"{one.name}-val" for one in published_answers(SPGC) if "val" in one.splits}
    assert set(real_baselines(SPGC)) == wanted


def test_what_a_real_baseline_holds() -> None:
    """All 98 validation scans, the answers as published, where they come from, nobody to lose."""
    name = "covnet-val"
    (one, _), baseline = real_baselines(SPGC)[name], real_baseline(name, SPGC)
    cases = read_manifests().split("val")
    assert [case.case_id for case in baseline.cases] == [case.case_id for case in cases]
    assert baseline.answers == {c.case_id: one.submission.predictions[c.case_id] for c in cases}
    assert baseline.made_with["team"] == one.team
    assert one.about["source"]["commit"] in baseline.made_with["source"]
    assert baseline.thresholds.lost.value == 0
    assert not baseline.synthetic
