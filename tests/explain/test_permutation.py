"""Permutation importance: what decides costs when shuffled, the rest does not, and seeds repeat."""

from spgc.classifiers.kinds import KINDS
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.explain.permutation import shuffle_blocks
from tests.explain.test_feature_importance import BACKBONES, scans, trained

__all__ = ["trained"]


def test_shuffling_what_decides_costs_and_the_rest_does_not(trained: XGBoostClassifier) -> None:
    losses = {
        (loss.kind, loss.name): loss for loss in shuffle_blocks(trained, *scans(1), BACKBONES)
    }
    assert len(losses) == 2 + 20 + 3
    for key in (("backbone", "inception_v3"), ("group", "15"), ("class", "CAP")):
        loss = losses.pop(key)
        assert loss.hits > 40  # two of three of 90 scans get a wrong class by chance
        assert 0 < loss.low <= loss.log_loss <= loss.high
    assert max(loss.hits for loss in losses.values()) < 2


def test_shuffling_is_repeatable_and_free_where_nothing_changes() -> None:
    """Same seed, same loss; constant features cost nothing; the SVM has hits but no log loss."""
    features, classes = scans()
    classifier = KINDS["svm"]()
    classifier.fit(features, classes, 0)
    features[:, :60] = 0.5
    first, again = (shuffle_blocks(classifier, features, classes, BACKBONES) for _ in "ab")
    assert first == again
    assert all(loss.log_loss is None for loss in first)
    assert first[0].name == "resnext50"
    assert (first[0].hits, first[0].low, first[0].high) == (0, 0, 0)
