"""A design after Bingo's abstract: boosting over clusters of the slices."""
