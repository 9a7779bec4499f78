"""Evaluation and submission toolkit for the 2021 ICASSP COVID-19 SPGC.

    >>> import spgc
    >>> result = spgc.score({"P1": "cap", "P2": "normal"}, truth={"P1": "cap", "P2": "cap"})
    >>> print(result)  # doctest: +ELLIPSIS
    Accuracy by set
    ...

Everything public is listed in `spgc.__all__` and loaded when it is first asked for. Research
software: nothing in it is meant for diagnosis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spgc.api.agreements import agreement
    from spgc.api.board_audits import audit_board, cite
    from spgc.api.boards import leaderboard
    from spgc.api.challenge_kits import check_kit, make_kit
    from spgc.api.comparisons import compare
    from spgc.api.ct_scans import lung_mask, open_store, read_scan
    from spgc.api.data_folders import check_data, index_data
    from spgc.api.disclosures import disclosure_budget, ladder
    from spgc.api.explanations import explain_scan, importance
    from spgc.api.gate_verdicts import regress, update_baseline
    from spgc.api.installed_systems import describe_system, list_systems
    from spgc.api.merged_shards import merge
    from spgc.api.organised_challenges import (
        challenge_page,
        check_challenge,
        make_challenge,
        rank_teams,
    )
    from spgc.api.quantised_models import quantise
    from spgc.api.run_reports import write_report
    from spgc.api.runs_of_models import predict, train
    from spgc.api.scan_pictures import view
    from spgc.api.scores import score
    from spgc.api.sent_submissions import submit
    from spgc.api.split_descriptions import data_info, example
    from spgc.api.stored_scans import check_store, phantom, preprocess
    from spgc.api.trained_models import load_model
    from spgc.api.validations import validate
    from spgc.errors import (
        DataError,
        DiskFullError,
        LeaderboardError,
        MissingExtraError,
        ModelError,
        SeriesError,
        ServerError,
        SpgcError,
        StoreError,
        SubmissionError,
        UsageError,
        WorkerError,
    )
    from spgc.version import __version__

_HOMES = {
    "spgc.api.agreements": ("agreement",),
    "spgc.api.board_audits": ("audit_board", "cite"),
    "spgc.api.boards": ("leaderboard",),
    "spgc.api.challenge_kits": ("check_kit", "make_kit"),
    "spgc.api.comparisons": ("compare",),
    "spgc.api.ct_scans": ("lung_mask", "open_store", "read_scan"),
    "spgc.api.data_folders": ("check_data", "index_data"),
    "spgc.api.disclosures": ("disclosure_budget", "ladder"),
    "spgc.api.explanations": ("explain_scan", "importance"),
    "spgc.api.gate_verdicts": ("regress", "update_baseline"),
    "spgc.api.installed_systems": ("describe_system", "list_systems"),
    "spgc.api.merged_shards": ("merge",),
    "spgc.api.organised_challenges": (
        "challenge_page",
        "check_challenge",
        "make_challenge",
        "rank_teams",
    ),
    "spgc.api.quantised_models": ("quantise",),
    "spgc.api.run_reports": ("write_report",),
    "spgc.api.runs_of_models": ("predict", "train"),
    "spgc.api.scan_pictures": ("view",),
    "spgc.api.scores": ("score",),
    "spgc.api.sent_submissions": ("submit",),
    "spgc.api.split_descriptions": ("data_info", "example"),
    "spgc.api.stored_scans": ("check_store", "phantom", "preprocess"),
    "spgc.api.trained_models": ("load_model",),
    "spgc.api.validations": ("validate",),
    "spgc.errors": (
        "DataError",
        "DiskFullError",
        "LeaderboardError",
        "MissingExtraError",
        "ModelError",
        "SeriesError",
        "ServerError",
        "SpgcError",
        "StoreError",
        "SubmissionError",
        "UsageError",
        "WorkerError",
    ),
    "spgc.version": ("__version__",),
}
"""Where each public name is defined."""

__all__ = [
    "DataError",
    "DiskFullError",
    "LeaderboardError",
    "MissingExtraError",
    "ModelError",
    "SeriesError",
    "ServerError",
    "SpgcError",
    "StoreError",
    "SubmissionError",
    "UsageError",
    "WorkerError",
    "__version__",
    "agreement",
    "audit_board",
    "challenge_page",
    "check_challenge",
    "check_data",
    "check_kit",
    "check_store",
    "cite",
    "compare",
    "data_info",
    "describe_system",
    "disclosure_budget",
    "example",
    "explain_scan",
    "importance",
    "index_data",
    "ladder",
    "leaderboard",
    "list_systems",
    "load_model",
    "lung_mask",
    "make_challenge",
    "make_kit",
    "merge",
    "open_store",
    "phantom",
    "predict",
    "preprocess",
    "quantise",
    "rank_teams",
    "read_scan",
    "regress",
    "score",
    "submit",
    "train",
    "update_baseline",
    "validate",
    "view",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Load what is public when it is first asked for (PEP 562): importing spgc takes no time."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'spgc' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What Tab offers: the public names, whether loaded or not."""
    return list(__all__)
