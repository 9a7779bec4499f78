"""HTML pages of a run's report and of the leaderboard, each one file that needs nothing else."""
