"""Kits for organisers: what a platform needs to run a challenge, with one scorer inside all."""
