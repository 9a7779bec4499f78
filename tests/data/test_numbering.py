"""The figshare release in the challenge's numbers."""

from collections import Counter

from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.data.numbering import (
    FIGSHARE_COVID19,
    FIGSHARE_TO_CHALLENGE,
    is_challenge_numbered,
    is_covid_id,
    to_figshare,
)
from spgc.protocol import CAP, CLASSES, COVID19


def test_every_figshare_case_has_one_row_of_its_own() -> None:
    """305 scans, 169/60/76; no row of the challenge's list serves twice."""
    manifest = Manifest({c.case_id: c for c in read_manifests() if c.split in ("train", "val")})
    moved = to_figshare(manifest)
    labels = Counter(case.label for case in moved)
    assert [labels[name] for name in CLASSES] == [FIGSHARE_COVID19, 60, 76]
    covid = [case for case in moved if is_covid_id(case.case_id)]
    assert {case.label for case in covid} == {COVID19}
    assert sorted(c.case_id for c in covid) == [f"P{n:03d}" for n in range(1, 170)]
    sources = [c.source for c in covid if c.case_id > "P043"]
    assert len(sources) == len(set(sources))


def test_what_is_known_and_what_is_a_guess() -> None:
    manifest = read_manifests()
    moved = to_figshare(manifest)
    for new, old in FIGSHARE_TO_CHALLENGE.items():
        assert (moved[new].split, moved[new].certainty) == (
            manifest[old].split,
            manifest[old].certainty,
        )
    assert {moved[f"P{n:03d}"].certainty for n in range(55, 170)} == {"approximate"}
    assert moved["P055"].source.endswith("perhaps P051 or the next of the challenge")


def test_other_cases_stay() -> None:
    case = Case("cap001", CAP, "val", "me", "own")
    assert to_figshare(Manifest({"cap001": case}))["cap001"] == case


def test_only_the_challenge_reaches_p170() -> None:
    def numbered(*names: str) -> bool:
        rows = {n: Case(n, COVID19, "train", "Stats.csv", "official") for n in names}
        return is_challenge_numbered(Manifest(rows))

    assert numbered("P001", "P171")
    assert not numbered("P001", "P169", "cap060")
    assert not is_covid_id("P²²²")
