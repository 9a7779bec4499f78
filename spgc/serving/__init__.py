"""The leaderboard server: hidden labels, one process and one file."""

from spgc.jobs.extras import need

need("serve")
