"""The command line in this process, as the tests of its commands have it."""

from tests.cli.conftest import spgc

__all__ = ["spgc"]
