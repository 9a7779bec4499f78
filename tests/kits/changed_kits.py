"""Kits with one file changed, inside archives too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from spgc.kits.kit_files import KitFile, write_kit
from spgc.kits.kit_material import KitMaterial
from spgc.kits.platform_kit import PlatformKit
from spgc.kits.written_kit import WrittenKit, read_kit
from tests.kits.conftest import kit


def changed(files: Sequence[KitFile], name: str, old: str, new: str) -> list[KitFile]:
    """The files with `old` replaced by `new` in the one called `name`, such as `a.zip!/b.md`."""
    first, _, rest = name.partition("!/")
    assert any(one.name == first for one in files)
    return [_changed(one, rest, old, new) if one.name == first else one for one in files]


def _changed(one: KitFile, rest: str, old: str, new: str) -> KitFile:
    if not isinstance(one.content, bytes):
        return replace(one, content=tuple(changed(one.content, rest, old, new)))
    text = one.content.decode("utf-8")
    assert old in text
    return replace(one, content=text.replace(old, new).encode("utf-8"))


def faults_of(
    platform: PlatformKit, material: KitMaterial, folder: Path, name: str, old: str, new: str
) -> list[str]:
    """What a platform's check says of its kit with one change."""
    write_kit(folder, changed(kit(platform, material).files, name, old, new))
    made: WrittenKit = read_kit(folder)
    return list(platform.faults(made))
