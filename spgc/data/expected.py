"""The manifests that hold for a folder without any of its own: the organisers' or spgc's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from spgc.data.findings import number
from spgc.data.manifests import OWN_SPLIT, Case, Manifest, own_certainty
from spgc.data.numbering import is_challenge_numbered, to_figshare
from spgc.data.official import FILE_NAME as STATS
from spgc.data.official import read_stats
from spgc.data.scan_folders import ScanFolder, find_files
from spgc.text.shortened import FEW, some

_TEST_ID = re.compile(r"T[1-4]-\d{3}")


def with_stats(manifest: Manifest, root: Path, notes: list[str]) -> Manifest:
    """Let the organisers' Stats.csv, where it is there, decide train and validation."""
    found = find_files(root, STATS)
    if not found:
        return manifest
    official = read_stats(found[0])
    both = [(c, manifest[c.case_id]) for c in official if c.case_id in manifest]
    notes.append(
        f"train and validation as in the organisers' {STATS}: {len(official)} cases; the "
        f"recovered list has {sum(a.split != b.split for a, b in both)} of them in the other "
        f"split and {sum(a.label != b.label for a, b in both)} with another class"
    )
    tests = {case.case_id: case for case in manifest if case.split not in ("train", "val")}
    return Manifest(dict(official.cases) | tests)


def embedded_for(manifest: Manifest, scans: Mapping[str, ScanFolder], notes: list[str]) -> Manifest:
    """The list in the numbers of the folders, without rows that fit a scan by name alone."""
    official = any(case.certainty == "official" for case in manifest)
    if any(scan.release == "figshare" for scan in scans.values()) and (
        not official or is_challenge_numbered(manifest)
    ):
        manifest = to_figshare(manifest)
        guesses = sum(case.certainty == "approximate" for case in manifest)
        notes.append(
            "figshare release: COVID-19 cases above P043 have other numbers than in the "
            f"challenge and are translated; for {guesses} cases above P054 the split is a guess, "
            "since one of the two patients that the release lacks is unknown"
        )
    return manifest if official else _without_namesakes(manifest, scans, notes)


def _without_namesakes(
    manifest: Manifest, scans: Mapping[str, ScanFolder], notes: list[str]
) -> Manifest:
    """Names such as P001 are common: without a class folder a scan is not the challenge's.

    The names of the test sets, such as T2-001, are telling enough.
    """
    namesakes = [
        name
        for name, scan in scans.items()
        if not scan.release and name in manifest and not _TEST_ID.fullmatch(name)
    ]
    if not namesakes:
        return manifest
    notes.append(
        f"{number(len(namesakes), 'scan')} called like cases of the challenge "
        f"({some(namesakes, FEW)}) but in no folder such as 'COVID-19 subjects': taken as your own"
    )
    own = {
        name: Case(
            name,
            scans[name].label,
            OWN_SPLIT,
            "class folder" if scans[name].label else "folder",
            own_certainty(name),
        )
        for name in namesakes
    }
    return Manifest(dict(manifest.cases) | own)
