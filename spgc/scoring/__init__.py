"""Scoring: from answers and truth to counts, rates, intervals and tests."""
