"""Importing this module prints and changes the environment; it is imported in no test process."""

import os

from tests.systems.small.whole_volume import WholeVolume

print("loud is here")
os.environ["LOUD"] = "1"


class Loud(WholeVolume):
    """Importing it is enough."""
