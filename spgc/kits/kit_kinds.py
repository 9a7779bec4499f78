"""The platforms that kits are for: each is a module of its own that yields files."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from spgc.kits.codabench_kit import CODABENCH
from spgc.kits.evalai_kit import EVALAI_KIT
from spgc.kits.gradescope_kit import GRADESCOPE
from spgc.kits.grand_challenge_kit import GRAND_CHALLENGE
from spgc.kits.hub_kit import HUB_KIT
from spgc.kits.kaggle_kit import KAGGLE_KIT
from spgc.kits.platform_kit import PlatformKit

KITS: Mapping[str, PlatformKit] = MappingProxyType(
    {
        one.name: one
        for one in (CODABENCH, GRADESCOPE, KAGGLE_KIT, GRAND_CHALLENGE, EVALAI_KIT, HUB_KIT)
    }
)
"""Every kit by its name on the command line."""
