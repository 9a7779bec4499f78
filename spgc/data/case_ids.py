"""Case IDs of scans: the scan's own name, or one of a folder above it that is unique."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Container, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from spgc.data.case_names import same_name_form
from spgc.data.findings import number
from spgc.data.scan_folders import ScanFolder, describe
from spgc.data.scan_places import ScanPlaces
from spgc.errors import DataError
from spgc.text.shortened import FEW, NAMED, some

_JOIN = "_"
"""Between the names of folders, where no single one tells two scans apart."""


@dataclass(frozen=True)
class FoundScans:
    """Scans by case ID, in order of path; `refused` are those that can't be taken, and why."""

    scans: Mapping[str, ScanFolder]
    refused: Mapping[str, DataError] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def name_cases(root: Path, places: ScanPlaces) -> FoundScans:
    """Case IDs for the scans of a data folder.

    A scan is called like its folder or file. Where several are called alike, each takes the name
    of the nearest folder that holds it alone and tells it apart (`pat1/DICOM` is `pat1`), or the
    names on the way, joined (`a_P001`). One in a folder of the challenge keeps its name; two of
    those, scans of one name in one place, and names that are no text are refused.
    """
    paths = [*places.scans, *places.refused]
    holds = Counter(above for path in paths for above in _above(path, root))
    notes = list(places.notes)
    scans = [_lifted(path, root, holds, notes) for path in paths]
    named, refused = _told_apart(scans, root, holds, notes)
    taken: dict[str, ScanFolder] = {}
    used = {*named, *refused}
    order = {path: place for place, path in enumerate(paths)}
    for case_id, scan in sorted(named.items(), key=lambda pair: order[pair[1].path]):
        reason = places.refused.get(scan.path) or _no_text(case_id, scan.path)
        if reason is None:
            taken[case_id] = scan
        else:
            used.discard(case_id)
            used.add(shown := _unused(_printable(case_id), used))
            refused[shown] = reason
    return FoundScans(taken, refused, tuple(notes))


def _above(path: Path, root: Path) -> list[Path]:
    """The folders above a scan, nearest first, up to the root."""
    return list(path.parents[: len(path.parts) - len(root.parts)])


def _lifted(path: Path, root: Path, holds: Mapping[Path, int], notes: list[str]) -> ScanFolder:
    """A scan as its place describes it.

    Where the only scan of `Cap subjects/cap001` lies deeper, it is cap001 all the same.
    """
    scan = describe(path)
    for above in _above(path, root):
        if scan.release or scan.label or holds[above] > 1:
            break
        folder = describe(above)
        if folder.release or folder.label:
            notes.append(f"{_short(path, root)} is the only scan in {above.name}: named like this")
            return replace(folder, path=path)
    return scan


def _told_apart(
    scans: Sequence[ScanFolder], root: Path, holds: Mapping[Path, int], notes: list[str]
) -> tuple[dict[str, ScanFolder], dict[str, DataError]]:
    alike: dict[str, list[ScanFolder]] = defaultdict(list)
    for scan in scans:
        alike[scan.case_id].append(scan)
    named = {name: group[0] for name, group in alike.items() if len(group) == 1}
    refused: dict[str, DataError] = {}
    used = {*alike}
    renamed: list[str] = []
    for name, group in alike.items():
        if len(group) == 1:
            continue
        placed = [scan for scan in group if scan.release]
        if len(placed) == 1:
            named[name] = placed[0]
        elif placed:
            refused[name] = _clash(name, placed, root)
        rest = [scan for scan in group if not scan.release]
        if not placed:
            used.discard(name)
        names = _names([scan.path for scan in rest], root, holds, used)
        used.add(name)
        if names is None:
            shown = _unused(name, named, refused)
            refused[shown] = _clash(name, rest, root)
            used.add(shown)
            continue
        used.update(names)
        for new, scan in zip(names, rest, strict=True):
            named[new] = replace(scan, case_id=new)
            renamed.append(f"{new} for {_short(scan.path, root)}")
    if renamed:
        notes.append(
            f"{number(len(renamed), 'scan')} called like others, named by the folders that tell "
            f"them apart: {some(renamed, FEW)}"
        )
    return named, refused


def _names(
    paths: Sequence[Path], root: Path, holds: Mapping[Path, int], taken: Set[str]
) -> list[str] | None:
    """Names for scans that are called alike, or None where nothing tells them apart."""
    if not paths:
        return []
    alone = min(_levels_alone(path, root, holds) for path in paths)
    chains = [[*_chain(path, root), describe(path).case_id] for path in paths]
    choices = [[chain[-1 - level] for chain in chains] for level in range(1, alone + 1)]
    for used in ([chain[: len(chain) - alone] for chain in chains], chains):
        choices += [
            [_JOIN.join(chain[-count:]) for chain in used]
            for count in range(2, max(map(len, used)) + 1)
        ]
    for names in choices:
        if len(set(names)) == len(names) and taken.isdisjoint(names):
            return names
    return None


def _chain(path: Path, root: Path) -> list[str]:
    """Names of the folders between the root and a scan."""
    return [same_name_form(name.strip()) for name in path.relative_to(root).parts[:-1]]


def _levels_alone(path: Path, root: Path, holds: Mapping[Path, int]) -> int:
    """How many folders between the root and a scan hold no other one."""
    above = _above(path, root)[:-1]
    return next((level for level, folder in enumerate(above) if holds[folder] > 1), len(above))


def _clash(name: str, scans: Sequence[ScanFolder], root: Path) -> DataError:
    places = [_short(scan.path, root) for scan in scans]
    return DataError(
        f"case ID {name} stands for {len(scans)} scans",
        where=root,
        found=some(places, NAMED, " and "),
        expected="one scan for each case",
        do="remove or rename all but one",
    )


def _no_text(case_id: str, path: Path) -> DataError | None:
    """Why a name can't be a case ID: it would stand in no submission."""
    if _printable(case_id) == case_id:
        return None
    is_text = not any("\ud800" <= sign <= "\udfff" for sign in case_id)
    return DataError(
        "name of a scan is no text",
        where=path,
        found="control characters" if is_text else "bytes that are not UTF-8",
        expected="letters that can stand in a table",
        do="rename the folder or file",
    )


def _printable(case_id: str) -> str:
    """The name with a sign for each byte that is no text, and for each control character."""
    text = case_id.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join("\ufffd" if unicodedata.category(sign) == "Cc" else sign for sign in text)


def _unused(name: str, *taken: Container[object]) -> str:
    numbered = (_numbered(name, n) for n in itertools.count(1))
    return next(one for one in numbered if not any(one in names for names in taken))


def _numbered(name: str, count: int) -> str:
    return name if count == 1 else f"{name} ({count})"


def _short(path: Path, root: Path) -> str:
    return str(path.relative_to(root))
