"""Before anything loads torch: tests share their machine as the command does."""

from spgc.jobs.idle_threads import share_machine

share_machine()
