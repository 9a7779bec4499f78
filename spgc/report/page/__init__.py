"""Pages that need nothing but themselves: a run's report and the leaderboard, as HTML."""
