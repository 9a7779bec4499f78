"""The submissions of a folder: whose each file is, in which order a team's count, what is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from spgc.board.own_board import Refused
from spgc.errors import DataError
from spgc.files.foreign_names import real_path, same_file_name
from spgc.files.regular import is_folder
from spgc.files.stray import is_stray
from spgc.text.natural_order import natural_order

_MORE = "--"
"""Between a team and which submission it is, in the name of a file: `team--2.csv`."""


@dataclass(frozen=True)
class TeamFile:
    """One submission: its file, the team that sent it, and its number among the team's, from 1.

    rival: another file of the team of which nothing says whether it is the earlier one.
    """

    path: Path
    team: str
    number: int
    rival: Path | None = None


def other_files(folder: Path) -> Iterator[Refused]:
    """What lies among the submissions and is none, so that no team is missed without a word.

    Records that spgc wrote beside a submission are left out.
    """
    for path in _inside(folder):
        files = _inside(path) if is_folder(path) else [path]
        if not files:
            yield _refused(path, "an empty folder")
        for one in files:
            if not _is_table(one) and not one.name.endswith(".run.json"):
                yield _refused(one, "a folder" if is_folder(one) else one.suffix or "no ending")


def _refused(path: Path, found: str) -> Refused:
    error = DataError(
        "no submission",
        where=str(path),
        found=found,
        expected="TEAM.csv, or a folder per team with its CSV files",
        do="save it as CSV, or put it elsewhere",
    )
    return Refused(str(path), error)


def _inside(folder: Path) -> list[Path]:
    """What a folder holds, in the order in which files count, but what systems leave there."""
    found = folder.iterdir() if is_folder(folder) else ()
    return sorted((path for path in found if not is_stray(path.name)), key=_order)


def _is_table(path: Path) -> bool:
    return path.suffix.lower() == ".csv" and not is_folder(path)


def team_files(folder: Path) -> list[TeamFile]:
    """The submissions of a folder in the order in which they count.

    `TEAM.csv` and `TEAM--2.csv` directly in it, or a folder `TEAM` of files; numbers and dates in
    names are compared as such. Names of teams that differ in letter case or Unicode form alone are
    one team's. Raises DataError for a folder without a submission.
    """
    found: dict[str, list[Path]] = {}
    names: dict[str, str] = {}
    for path in _inside(folder):
        name = path.name if is_folder(path) else path.stem.partition(_MORE)[0]
        key = same_file_name(name)
        if own := [one for one in (_inside(path) if is_folder(path) else [path]) if _is_table(one)]:
            names.setdefault(key, name)
            found.setdefault(key, []).extend(own)
    if not found:
        raise DataError(
            "folder holds no submission",
            where=folder,
            expected="TEAM.csv and TEAM--2.csv, or a folder per team",
            do="name the folder of submissions",
        )
    return [one for key, paths in found.items() for one in _numbered(names[key], paths, folder)]


def _numbered(team: str, paths: Sequence[Path], folder: Path) -> Iterator[TeamFile]:
    """A team's files in their order, which has to follow from their names."""

    def order(path: Path) -> list[tuple[int, str]]:
        direct = path.parent == folder
        return natural_order(path.stem.partition(_MORE)[2]) if direct else _order(path)

    for number, path in enumerate(sorted(paths, key=order), start=1):
        unclear = (
            one
            for one in paths
            if one != path and (one.parent != path.parent or order(one) == order(path))
        )
        yield TeamFile(path, team, number, next(unclear, None))


def _order(path: Path) -> list[tuple[int, str]]:
    return natural_order(path.stem)


def refuse_link(path: Path, folder: Path) -> None:
    """Raise DataError for a file that lies elsewhere: a team may have sent a link to the truth."""
    if not real_path(path).is_relative_to(real_path(folder)):
        raise DataError(
            "a link leads out of the folder of submissions",
            where=str(path),
            expected="a file of its own",
            do="ask the team for the file, or copy it here if the link is yours",
        )


def refuse_rival(one: TeamFile) -> None:
    """Raise DataError where the order of a team's files can't be told by their names."""
    if one.rival is not None:
        raise DataError(
            f"two files of {one.team}, and their names don't say which one is later",
            where=str(one.path),
            found=str(one.rival),
            expected="TEAM.csv, TEAM--2.csv and so on, or all files of a team in one folder",
            do="rename one of them, or remove it",
        )
