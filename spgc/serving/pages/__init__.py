"""The pages of the leaderboard server, made of its views alone."""
