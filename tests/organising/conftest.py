"""The command line in this process, as the tests of its commands have it, and a challenge."""

from __future__ import annotations

import pytest

from spgc.kits.kit_material import KitMaterial, read_material
from tests.cli.conftest import spgc
from tests.kits.conftest import dated_flowers

__all__ = ["spgc"]


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> KitMaterial:
    """A challenge with its truth, whose files are scanned for labels."""
    return read_material(dated_flowers(tmp_path_factory.mktemp("organising") / "flowers"))
