"""The scorer as Kaggle, EvalAI and Hugging Face call it: what stands at its end there."""

from __future__ import annotations

from spgc.challenge.definition import Challenge
from spgc.data.manifests import Manifest
from spgc.kits.reached_code import Origin
from spgc.kits.scorer_file import Program, scorer_text
from spgc.submissions.columns import CASE_COLUMN, LABEL_COLUMN

_SCORER = tuple(
    Origin("spgc.kits.scorer_program", name) for name in ("Scorer", "SubmissionRefused")
)

KAGGLE = Program(
    (
        Origin("spgc.kits.kaggle_rows", "share_of_rows"),
        Origin("spgc.kits.kaggle_rows", "final_cases"),
        *_SCORER,
    ),
    '''"""Metric of a challenge, for Kaggle's metric notebook.

Made by spgc VERSION from its own source: it reads and counts as `spgc score` does. It holds no
label; the solution comes from Kaggle.
"""''',
    '''
import pandas as pd

SCORER = Scorer(FACTS)


class ParticipantVisibleError(Exception):
    """The only error whose text participants see."""


def score(solution: pd.DataFrame, submission: pd.DataFrame, row_id_column_name: str) -> float:
    """RULE of the rows of the solution, from 0 to 1.

    Kaggle calls this for the public and for the private rows. Rows are matched by case, in any
    order, and classes by every spelling that the challenge knows.

    >>> cases, known, other = final_cases(SCORER)[:2], "KNOWN", "OTHER"
    >>> solution = pd.DataFrame({"CASE_COLUMN": cases, "LABEL_COLUMN": [known] * 2})
    >>> score(solution, solution.copy(), "CASE_COLUMN")
    1.0
    >>> submission = pd.DataFrame({"CASE_COLUMN": cases, "LABEL_COLUMN": [other, known]})
    >>> score(solution, submission, "CASE_COLUMN")
    0.5
    """
    truth = list(zip(solution[row_id_column_name], solution["LABEL_COLUMN"]))
    try:
        return share_of_rows(SCORER, truth, submission.to_csv(index=False))
    except SubmissionRefused as refused:
        raise ParticipantVisibleError(str(refused)) from None


# Types instead of their names, for a caller that looks at them.
score.__annotations__ = {
    "solution": pd.DataFrame,
    "submission": pd.DataFrame,
    "row_id_column_name": str,
    "return": float,
}
''',
)

EVALAI = Program(
    (Origin("spgc.kits.evalai_boards", "evalai_result"), *_SCORER),
    '''"""Evaluation of a challenge, as EvalAI's worker calls it.

Made by spgc VERSION from its own source: it reads and counts as `spgc score` does. It holds no
label, and prints nothing: EvalAI shows participants what it prints.
"""''',
    """
SCORER = Scorer(FACTS)


def evaluate(test_annotation_file, user_submission_file, phase_codename, **kwargs):
    \"\"\"Numbers of every board; a submission that is refused raises, and its team sees why.\"\"\"
    answers = SCORER.read_answers(user_submission_file)
    scored = SCORER.score(answers, SCORER.read_truth(test_annotation_file))
    return evalai_result(SCORER.challenge, scored)
""",
)

HUGGING_FACE = Program(
    (
        Origin("spgc.kits.hub_scores", "two_scores"),
        Origin("spgc.kits.hub_scores", "read_solution"),
        Origin("spgc.kits.hub_scores", "earlier_submissions"),
        *_SCORER,
    ),
    '''"""Metric of a challenge, as the competitions of Hugging Face call it.

Made by spgc VERSION from its own source: it reads and counts as `spgc score` does. It holds no
label; the solution lies beside it in the private repository.
"""''',
    """
from huggingface_hub import hf_hub_download

SCORER = Scorer(FACTS)


def compute(params):
    \"\"\"`public_score` and `private_score` of a submission, by name.\"\"\"

    def stored(name):
        return hf_hub_download(
            repo_id=params.competition_id,
            filename=name,
            token=params.token,
            repo_type="dataset",
        )

    def submitted(number):
        return stored("submissions/{}-{}.csv".format(params.team_id, number))

    known = stored("submission_info/{}.json".format(params.team_id))
    earlier = earlier_submissions(known, params.submission_id)
    if SCORER.challenge.feedback == "ladder":
        earlier = [submitted(one) for one in earlier]
    truth = read_solution(SCORER, stored("solution.csv"))
    return two_scores(SCORER, submitted(params.submission_id), truth, earlier)
""",
)


def platform_text(program: Program, challenge: Challenge, manifest: Manifest) -> str:
    """The one file of a platform; `manifest` holds the cases, whose labels stay out of it."""
    known, other, *_ = challenge.written.values()
    words = {
        "RULE": challenge.ranking.rule.capitalize(),
        "KNOWN": known,
        "OTHER": other,
        "CASE_COLUMN": CASE_COLUMN,
        "LABEL_COLUMN": LABEL_COLUMN,
    }
    return scorer_text(challenge, manifest, program.with_words(words))
