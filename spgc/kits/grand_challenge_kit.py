"""The kit for grand-challenge.org: one evaluation image, a ground truth and settings per phase.

The ground truth says which phase it is of, so that one image serves both: while the challenge runs
it writes no number that isn't shown, for a team can see all of `metrics.json`.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from gzip import GzipFile
from pathlib import Path
from typing import Any

from spgc.kits.container_parts import PYTHON_IMAGE, USER, shipped_text
from spgc.kits.grand_challenge_faults import (
    EVALUATION,
    PACK,
    SETTINGS,
    TRUTHS,
    grand_challenge_faults,
    metrics_faults,
    unpacked,
)
from spgc.kits.grand_challenge_program import PHASE, PREDICTIONS, TRUTH
from spgc.kits.grand_challenge_settings import PER_DAY, pack_context, settings
from spgc.kits.kit_files import KitFile, text_file
from spgc.kits.kit_material import KitMaterial
from spgc.kits.phase_scores import DURING, FINAL
from spgc.kits.platform_kit import PlatformKit, TrialRun
from spgc.kits.reached_code import Origin
from spgc.kits.run_program import run_program
from spgc.kits.scorer_file import Program, scorer_text
from spgc.kits.shown_scores import ShownScores, shown_scores
from spgc.kits.written_kit import WrittenKit

TITLE = "grand-challenge.org"
_PROGRAM = Program(
    (
        Origin("spgc.kits.grand_challenge_program", "evaluated"),
        Origin("spgc.kits.scorer_program", "Scorer"),
    ),
    '''"""Evaluation of a challenge on grand-challenge.org.

    python3 evaluate.py [/input /opt/ml/input/data/ground_truth /output]

Made by spgc VERSION from its own source, so that it accepts, refuses and counts as `spgc validate`
and `spgc score` do. It holds no label.
"""''',
    """
PLAN = json.loads(r\"\"\"SHOWN_PLAN\"\"\")
PLACES = ["/input", "/opt/ml/input/data/ground_truth", "/output"]

if __name__ == "__main__":
    GIVEN, TRUTH_FOLDER, OUT = sys.argv[1:4] or PLACES
    END = evaluated(Scorer(FACTS), Path(GIVEN), Path(TRUTH_FOLDER), Path(OUT), PLAN)
    sys.stdout.write(END.output)
    sys.stderr.write(END.reason)
    sys.exit(END.code)
""",
)

_DOCKERFILE = f"""\
FROM {PYTHON_IMAGE}

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

RUN useradd --uid {USER} --no-log-init --create-home user

COPY evaluate.py /opt/app/

USER {USER}

WORKDIR /opt/app

ENTRYPOINT ["python", "/opt/app/evaluate.py"]
"""

_SCRIPTS = ("do_build.sh", "do_test_run.sh", "do_save.sh")


def _shown(material: KitMaterial) -> ShownScores:
    return shown_scores(material, TITLE)


def _files(material: KitMaterial, shown: ShownScores) -> Sequence[KitFile]:
    challenge = material.challenge
    plan = json.dumps(shown.plan(challenge.ranking.tie_break))
    program = scorer_text(challenge, material.cases, _PROGRAM.with_words({"SHOWN_PLAN": plan}))
    return [
        text_file(f"{EVALUATION}/Dockerfile", _DOCKERFILE, "public"),
        text_file(f"{EVALUATION}/evaluate.py", program, "public", program=True),
        *(_script(name) for name in _SCRIPTS),
        *(
            text_file(SETTINGS[phase], _json(settings(challenge, shown, phase)), "public")
            for phase in SETTINGS
        ),
        text_file(PACK, _json(pack_context(challenge)), "public"),
        *(
            KitFile(TRUTHS[phase], _tarball({TRUTH: material.truth_csv, PHASE: phase}), "private")
            for phase in TRUTHS
        ),
    ]


def _script(name: str) -> KitFile:
    text = shipped_text(f"evaluation/{name}")
    return text_file(f"{EVALUATION}/{name}", text, "public", program=True)


def _json(document: Any) -> str:
    return json.dumps(document, indent=2) + "\n"


def _tarball(texts: Mapping[str, str]) -> bytes:
    """A gzipped tar of files for all to read; the same texts give the same bytes."""
    buffer = io.BytesIO()
    with (
        GzipFile("", "wb", fileobj=buffer, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as made,
    ):
        for name, text in texts.items():
            entry, data = tarfile.TarInfo(name), text.encode("utf-8")
            entry.size, entry.mode = len(data), 0o644
            made.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def _notes(material: KitMaterial, shown: ShownScores) -> Sequence[str]:
    challenge, limits = material.challenge, material.challenge.limits
    lines = [
        "While the challenge runs metrics.json holds no number that isn't shown; the final phase "
        "has the same image and the other ground truth.",
        "The platform moves no submissions: after the end each team sends the one that counts to "
        "the final phase, which takes one.",
        "One image scores both kinds of phases: predictions (a CSV), and algorithms, whose answer "
        "is a class, or an object with the class or a probability for each.",
    ]
    if limits.submissions is not None and limits.per_day is not None:
        lines.append(
            f"The platform counts submissions over one period: the {limits.submissions} in all "
            f"are its limit, and {limits.per_day} on one day are left to your terms."
        )
    if limits.submissions is None and limits.per_day is None:
        lines.append(f"Without limits in the challenge a team has {PER_DAY} submission a day.")
    if challenge.ranking.tie_break:
        lines.append("Teams with equal scores share a rank: the platform breaks no ties.")
    return lines


def _trial(kit: WrittenKit, data: bytes, place: Path) -> TrialRun:
    """Both phases on one submission, in folders as the platform mounts them."""
    made = TrialRun()
    for phase in TRUTHS:
        folders = [place / phase / name for name in ("input", "ground_truth", "output")]
        for folder in folders:
            folder.mkdir(parents=True)
        (folders[0] / PREDICTIONS).write_bytes(data)
        for name, content in unpacked(kit.read(TRUTHS[phase])).items():
            (folders[1] / name).write_bytes(content)
        program = place / phase / "evaluate.py"
        program.write_bytes(kit.read(f"{EVALUATION}/evaluate.py"))
        made = run_program([program, *folders])
        if made.reason:
            return made
        metrics = json.loads((folders[2] / "metrics.json").read_text("utf-8"))
        told = json.loads(kit.read(SETTINGS[phase]))
        if wrong := next(metrics_faults(metrics, told), None):
            return TrialRun(reason=wrong)
        made = TrialRun(metrics[told["score_jsonpath"]])
    return made


GRAND_CHALLENGE = PlatformKit(
    "grand-challenge",
    TITLE,
    (
        f"Build the image with `{EVALUATION}/do_build.sh` and save it with "
        f"`{EVALUATION}/do_save.sh`; `{EVALUATION}/do_test_run.sh` scores the example as the "
        "platform would.",
        "Ask the platform for two phases, for algorithms with the sockets of "
        f"`{PACK}`; set them up by `{SETTINGS[DURING]}` and `{SETTINGS[FINAL]}`.",
        "Upload the image as the evaluation method of both, "
        f"`{TRUTHS[DURING]}` and `{TRUTHS[FINAL]}` as their ground truths.",
    ),
    _shown,
    _files,
    _notes,
    grand_challenge_faults,
    _trial,
)
