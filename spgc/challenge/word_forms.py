"""The forms in which words of a challenge are compared, and the names that columns may have."""

from __future__ import annotations

import re

from spgc.text.unicode_form import composed

_DASHES = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")
_WHOLE = re.compile(r"(\d{1,18})\.0*", re.ASCII)

OWN_CASE_NAMES = frozenset(("study", "case", "caseid"))
"""Names of the column of cases in spgc's own files, which win over all others."""

CASE_NAMES = OWN_CASE_NAMES | frozenset(
    (
        "studyid",
        "id",
        "patient",
        "patientid",
        "patientname",
        "name",
        "scan",
        "scanid",
        "subject",
        "subjectid",
        "folder",
        "folderid",
    )
)
PREDICTION_NAMES = frozenset(
    (
        "prediction",
        "predictions",
        "predicted",
        "predictedlabel",
        "predictedclass",
        "predicteddiagnosis",
        "pred",
        "predlabel",
        "predclass",
        "ypred",
        "yhat",
    )
)
"""Names of the column of labels that only predictions have."""

LABEL_NAMES = PREDICTION_NAMES | frozenset(("label", "labels", "class", "diagnosis", "result"))

TRUTH_NAMES = frozenset(
    (
        "truth",
        "true",
        "truelabel",
        "trueclass",
        "groundtruth",
        "gt",
        "ytrue",
        "actual",
        "reference",
        "target",
        "gold",
    )
)
"""Names of a column of true classes, which a file of predictions may hold as well."""

INDEX_NAMES = frozenset(("", "index", "unnamed0"))

COLUMN_NAMES = CASE_NAMES | LABEL_NAMES | INDEX_NAMES
"""Words of a header that mean something else than a class, in the form of `column_word`."""

NO_LABELS = frozenset(("", "nan", "none", "null", "n/a", "na", "-", "–", "?"))
"""What files hold where there is no answer, in lower case."""


def word_form(text: str) -> str:
    """`text` without regard to letter case and Unicode form, and with one hyphen for blanks,
    underscores and dashes of any length."""
    return _DASHES.sub("-", composed(composed(text).casefold()).strip())


def class_form(text: str) -> str:
    """The form in which names of classes are compared: `word_form`, and `1` for `1.0`."""
    form = word_form(text)
    whole = _WHOLE.fullmatch(form)
    return whole.group(1) if whole else form


def column_word(name: str) -> str:
    """The form in which names of columns are compared: Latin letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def default_column(name: str) -> str:
    """The column of a class's probability, where its file names none: `p_covid_19`.

    `prob_red`, since `pred` is a column of answers.
    """
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return f"prob_{word}" if column_word(f"p{word}") in COLUMN_NAMES else f"p_{word}"
