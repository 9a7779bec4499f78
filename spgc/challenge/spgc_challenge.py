"""The challenge that comes with spgc and is meant where no other one is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from spgc.challenge.challenge_file import FILE_NAME, find_challenge, read_challenge
from spgc.challenge.definition import Challenge
from spgc.errors import UsageError
from spgc.files.shipped import manifests_dir

SPGC = replace(read_challenge(manifests_dir() / FILE_NAME), shipped=True, source=None)
"""`data_manifests/challenge.toml`: the 2021 ICASSP COVID-19 Signal Processing Grand Challenge."""


def challenge_given(given: Challenge | str | Path | None) -> Challenge:
    """A challenge, or the one in a file or folder; without any, and for its own file, SPGC.

    Raises DataError for a file that is none, UsageError for anything else.
    """
    if given is None:
        return SPGC
    if isinstance(given, Challenge):
        return given
    if not isinstance(given, str | Path):
        raise UsageError(
            "challenge is no file or folder",
            found=type(given).__name__,
            expected="a path, or what spgc.make_challenge gives as its challenge",
        )
    path = find_challenge(Path(given))
    own = manifests_dir() / FILE_NAME
    return SPGC if path.exists() and path.samefile(own) else read_challenge(Path(given))
