"""Kits whose files are anything: each is findings of the check or one error, never a traceback."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from spgc.errors import DataError
from spgc.kits import check_kit
from spgc.kits.kit_kinds import KITS
from spgc.kits.kit_material import KitMaterial
from spgc.kits.platform_kit import PlatformKit, TrialRun
from spgc.kits.written_kit import LIST, MOST_MEMBERS, WrittenKit, read_kit
from tests.kits.conftest import written


def encrypted() -> bytes:
    """A zip whose files ask for a password, which Python tells as RuntimeError."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("competition.yaml", "a: b")
    content = bytearray(buffer.getvalue())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    return bytes(content)


def other_way() -> bytes:
    """A zip packed in a way that Python lacks."""
    content = encrypted()
    for mark, way in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.index(mark) + way
        content = content[:at] + b"\x63\x00" + content[at + 2 :]
    return content


TEXTS, ZIPS = (b"[" * 100_000, b'{"cells": 7}'), (encrypted(), other_way())

ENDINGS = (".json", ".ipynb", ".yaml", ".zip")


@pytest.mark.parametrize("name", KITS)
def test_a_file_of_anything_is_a_finding(
    name: str, material: KitMaterial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trial(*_: object) -> TrialRun:
        return TrialRun(skipped="what the check says of files is tested here")

    platform: PlatformKit = replace(KITS[name], trial=trial)
    monkeypatch.setattr(check_kit, "KITS", {name: platform})
    monkeypatch.setattr(check_kit, "labels_told", lambda *_: "")  # has tests of its own
    folder = written(platform, material, tmp_path / "kit").folder
    assert check_kit.check_kit(folder).good
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in ENDINGS]
    for path in (path for path in paths if path.name != LIST):
        before = path.read_bytes()
        for content in ZIPS if path.suffix == ".zip" else TEXTS:
            path.write_bytes(content)
            assert check_kit.check_kit(folder).findings, path
        path.write_bytes(before)


@pytest.mark.parametrize("content", [b"\xff\x00", *TEXTS, *ZIPS])
def test_a_list_of_anything_is_one_error(
    content: bytes, material: KitMaterial, tmp_path: Path
) -> None:
    folder = written(KITS["kaggle"], material, tmp_path / "kit").folder
    (folder / LIST).write_bytes(content)
    with pytest.raises(DataError):
        read_kit(folder)


@pytest.mark.parametrize("result", ["[]", "", "[" * 100_000, '{"result": 7}'])
def test_a_program_that_writes_anything_is_a_finding(
    result: str, material: KitMaterial, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kit's own program may have been changed: what it writes is read by the check."""
    kit = written(KITS["evalai"], material, tmp_path / "kit")
    read = Path.read_text

    def read_text(path: Path, encoding: str | None = None) -> str:
        return result if path.name == "result.json" else read(path, encoding)

    monkeypatch.setattr(Path, "read_text", read_text)
    made = check_kit.check_kit(kit.folder)
    assert not made.good
    assert any("form that spgc writes" in one.what for one in made.findings), made.findings


def test_an_archive_of_thousands_of_files_is_one_error(tmp_path: Path) -> None:
    """Each is read by itself, with the archive's whole list: minutes for 10,000 empty ones."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        for number in range(MOST_MEMBERS + 1):
            made.writestr(f"{number}", "")
    with pytest.raises(DataError, match="1,001 files, more than 1,000"):
        WrittenKit(tmp_path, "gradescope", ()).members("a.zip")
