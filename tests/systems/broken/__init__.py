"""Systems that break one rule of the contract each; all else is as the small systems have it."""

from tests.systems.broken import answers, classes, folders, resuming, training
from tests.systems.broken.catalogue import BROKEN

__all__ = ["BROKEN", "answers", "classes", "folders", "resuming", "training"]
