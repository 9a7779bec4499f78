"""The leaderboard: rows, ranking, what a ranking can say, and audits of printed tables."""
