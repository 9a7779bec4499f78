"""What grand-challenge.org would refuse of a kit, or do otherwise than it says."""

from __future__ import annotations

import io
import json
import math
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from spgc.errors import DataError
from spgc.kits.grand_challenge_program import PHASE, TRUTH
from spgc.kits.grand_challenge_settings import LONGEST
from spgc.kits.phase_scores import DURING, FINAL
from spgc.kits.written_kit import MAX_BYTES, WrittenKit

EVALUATION, PACK = "evaluation", "pack-context.json"
TRUTHS = {DURING: "private/ground_truth_during.tar.gz", FINAL: "private/ground_truth_final.tar.gz"}
SETTINGS = {DURING: "phase-during.json", FINAL: "phase-final.json"}

_COLUMN = {"title": str, "path": str, "order": str, "error_path": str, "exclude_from_ranking": bool}
"""Fields of a column of results, and their kinds; the platform takes no others."""

_SOCKET = ("slug", "relative_path", "kind", "super_kind")


def grand_challenge_faults(kit: WrittenKit) -> Iterator[str]:
    """What is wrong with the files of a kit, a sentence each."""
    yield from _image_faults(kit.read(f"{EVALUATION}/Dockerfile").decode("utf-8", "replace"), kit)
    for phase, name in SETTINGS.items():
        try:
            yield from (
                f"{name}: {fault}" for fault in _settings_faults(json.loads(kit.read(name)))
            )
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            yield f"{name} can't be checked: {error}"
        files = unpacked(kit.read(TRUTHS[phase]))
        if set(files) != {TRUTH, PHASE} or files[PHASE].decode("utf-8", "replace") != phase:
            yield f"{TRUTHS[phase]} is not the ground truth of its phase"
    try:
        yield from _pack_faults(json.loads(kit.read(PACK)))
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        yield f"{PACK} can't be checked: {error}"


def _image_faults(dockerfile: str, kit: WrittenKit) -> Iterator[str]:
    lines = [line.split() for line in dockerfile.splitlines() if line.strip()]
    users = [words[1] for words in lines if words[0] == "USER" and len(words) > 1]
    if not users or users[-1] in ("root", "0"):
        yield "the image runs as root, which the platform refuses"
    for words in lines:
        if words[0] == "COPY" and f"{EVALUATION}/{words[-2]}" not in kit.names():
            yield f"the Dockerfile copies {words[-2]}, which is not there"


def _settings_faults(told: Mapping[str, Any]) -> Iterator[str]:
    for key in ("title", "score_title"):
        if not 0 < len(told[key]) <= LONGEST:
            yield f"{key} is empty or longer than {LONGEST} letters"
    if not told["score_jsonpath"]:
        yield "without score_jsonpath nothing is ranked"
    for key, known in (
        ("score_default_sort", ("asc", "desc")),
        ("result_display_choice", ("all", "rec", "bst")),
        ("scoring_method_choice", ("abs", "avg", "med")),
    ):
        if told[key] not in known:
            yield f"{key} is none of {', '.join(known)}"
    if told["submissions_limit_per_user_per_period"] < 1:
        yield "a limit of 0 submissions closes the phase"
    for column in told["extra_results_columns"]:
        lacking = {"title", "path", "order"} - column.keys()
        wrong = [key for key, value in column.items() if type(value) is not _COLUMN.get(key)]
        if lacking or wrong or column["order"] not in ("asc", "desc"):
            yield "a column of results is not of the platform's form"


def _pack_faults(context: Mapping[str, Any]) -> Iterator[str]:
    challenge = context["challenge"]
    for key in ("slug", "url", "archives", "phases"):
        if not challenge.get(key):
            yield f"{PACK} lacks {key}"
    for phase in challenge["phases"]:
        for interface in phase["algorithm_interfaces"]:
            sockets = [*interface["inputs"], *interface["outputs"]]
            if any(not isinstance(one.get(key), str) for one in sockets for key in _SOCKET):
                yield f"a socket in {PACK} lacks one of {', '.join(_SOCKET)}"
            if len(interface["outputs"]) != 1:
                yield f"an interface in {PACK} has more or less than one answer"


def metrics_faults(metrics: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[str]:
    """What of `metrics.json` the platform would not rank, or not show."""
    paths = [told["score_jsonpath"], *(one["path"] for one in told["extra_results_columns"])]
    for path in paths:
        value = metrics.get(path)
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not known or not math.isfinite(float(value or 0)):
            yield f"{path} in metrics.json is no finite number"


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a ground truth by name. Raises DataError for what is no tarball of files."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as opened:
            found = {}
            for entry in opened:
                file = opened.extractfile(entry) if entry.isfile() else None
                if file is None or "/" in entry.name or entry.size > MAX_BYTES:
                    raise ValueError("more than plain files")
                found[entry.name] = file.read()
            return found
    except (OSError, ValueError, EOFError, tarfile.TarError, zlib.error) as error:
        raise DataError("a ground truth of the kit is no tarball of plain files") from error
