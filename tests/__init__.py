"""Before anything loads torch: tests share their machine as the command does."""

from spgc.sharing import share_machine

share_machine()
