"""Changing one answer at a time: labels that are certain by counting alone, on sets of any size."""

from __future__ import annotations

from spgc.disclosure.feedback import Feedback
from spgc.disclosure.hidden_sets import HiddenLabels


def one_by_one(hidden: HiddenLabels, feedback: Feedback, submissions: int) -> list[int]:
    """Labels that this attacker knows for certain, in each part that is counted by itself.

    The first submission gives every case the same class. Each further one gives one case another
    class: its label is the new class if the count rises, the old one if it falls, and neither if it
    stays. With C classes that takes C - 2 submissions for each case, one at least. Parts with
    counts of their own are attacked at the same time. Counts by class answer at once for C - 1
    cases, each changed to another class, and after C - 1 submissions each has had every class.
    """
    classes, further = hidden.classes, max(0, submissions - 1)
    each = further // max(1, classes - 2)
    if feedback is Feedback.CLASSES:
        each = max(each, (classes - 1) * (further // (classes - 1)))
    if feedback is Feedback.HITS:
        return [max(hidden.known, min(hidden.cases, each))]
    return [
        one.cases if max(one.sizes) == one.cases else min(one.cases, each) for one in hidden.sets
    ]
