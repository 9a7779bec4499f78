"""A challenge of five classes with dates, as kits are made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from spgc.data.manifests import Manifest
from spgc.disclosure.limit_check import LimitCheck, check_limits
from spgc.kits import kit_material
from spgc.kits.kit_files import write_kit
from spgc.kits.kit_material import KitMaterial, read_material
from spgc.kits.make_kit import MadeKit, kit_of
from spgc.kits.platform_kit import PlatformKit
from spgc.kits.written_kit import WrittenKit, read_kit
from tests.challenge.flowers import flowers
from tests.cli.conftest import spgc

__all__ = ["spgc"]

DATES = "opens = 2030-01-01\ncloses = 2030-02-01\n"


def with_lines(folder: Path, old: str, new: str) -> None:
    """Change the challenge file."""
    path = folder / "public" / "challenge.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def dated_flowers(folder: Path) -> Path:
    """The folder of the challenge, which it makes."""
    folder.mkdir()
    flowers(folder)
    with_lines(folder, 'title = "Flowers"\n', f'title = "Flowers"\n{DATES}')
    return folder


_simulated: dict[tuple[object, ...], LimitCheck] = {}


@pytest.fixture(scope="module", autouse=True)
def simulated_once() -> Iterator[None]:
    """The same challenge is simulated once, which depends on sizes, limits and feedback alone."""

    def check(truth: Manifest) -> LimitCheck:
        challenge = truth.challenge
        sizes = tuple(sorted(Counter((case.split, case.label) for case in truth).items()))
        key = (challenge.digest, challenge.feedback, challenge.limits, challenge.closes, sizes)
        if key not in _simulated:
            _simulated[key] = check_limits(truth)
        return _simulated[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kit_material, "check_limits", check)
        yield


@pytest.fixture(scope="session")
def challenge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A challenge that asks for the Ladder and allows too much for anything else."""
    return dated_flowers(tmp_path_factory.mktemp("kits") / "flowers")


_made: dict[tuple[str, int], MadeKit] = {}


def kit(platform: PlatformKit, material: KitMaterial) -> MadeKit:
    """A kit of one of the materials below, made once."""
    key = (platform.name, id(material))
    if key not in _made:
        _made[key] = kit_of(platform, material)
    return _made[key]


def written(platform: PlatformKit, material: KitMaterial, folder: Path) -> WrittenKit:
    """The same, written into a new folder."""
    write_kit(folder, kit(platform, material).files)
    return read_kit(folder)


@pytest.fixture(scope="session")
def material(challenge: Path) -> KitMaterial:
    return read_material(challenge)


@pytest.fixture(scope="session")
def open_material(tmp_path_factory: pytest.TempPathFactory) -> KitMaterial:
    """The same where everything is shown back, and the ranking breaks ties."""
    folder = dated_flowers(tmp_path_factory.mktemp("kits") / "open")
    with_lines(folder, 'shown = "ladder"', 'shown = "classes"')
    with_lines(folder, 'rule = "accuracy"', 'rule = "balanced accuracy"\ntie_break = "Aster"')
    return read_material(folder)
