"""`spgc predict`: a trained model's answers as a submission."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spgc.cli import console
from spgc.cli.options import (
    DataOption,
    DeviceOption,
    EngineOption,
    JobsOption,
    ManifestsFolder,
    ModelOption,
    PredictionOption,
    StoreOption,
    SystemOptions,
)
from spgc.contract.limits import MAX_BATCH
from spgc.files.foreign_names import folder_in
from spgc.text.synthetic import SYNTHETIC_MODEL

if TYPE_CHECKING:
    from spgc.contract.system import RunSettings
    from spgc.runs.missing import Settled
    from spgc.runs.scans import Submitted


def predict(
    split: Annotated[
        list[str] | None,
        typer.Option(
            "--split",
            help="Split to predict; may be given several times.",
            show_default="every scan found",
        ),
    ] = None,
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the submission.")] = Path(),
    classifier: Annotated[
        str | None,
        typer.Option(help="xgboost or svm.", show_default="the model's own, xgboost in the paper"),
    ] = None,
    option: SystemOptions = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Add p_covid19, p_cap and p_normal.")
    ] = False,
    slices: Annotated[
        Path | None,
        typer.Option(
            "--slices",
            help="Also write what each slice classifier says of each slice (CSV).",
            show_default=False,
        ),
    ] = None,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing",
            help="Write even if scans of a split lack an answer: without them, or see --fill.",
        ),
    ] = False,
    fill: Annotated[
        str | None,
        typer.Option(
            help="With --allow-missing: the class to write for scans without an answer. It says "
            "which they are.",
            show_default="they are left out",
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_BATCH,
            help="Slices that run at once.",
            show_default="what suits the engine",
        ),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            help="Answer part I of N only, as I/N; spgc merge joins the parts.",
            show_default="the process's own under torchrun or accelerate",
        ),
    ] = None,
    device: DeviceOption = "auto",
    precision: PredictionOption = "auto",
    engine: EngineOption = "auto",
    jobs: JobsOption = -1,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Predict a split and write submission-SPLIT.csv for each and submission.csv for all.

    Scans that are not in the slice store yet are read and segmented first. Without --split every
    scan found is predicted. A split with a hole is not written unless --allow-missing is given:
    the challenge scores whole splits. Other splits are. Stop it at any time: finished scans are
    kept.

    [bold]Examples[/]

      spgc predict --split test2 --data ~/COVID-CT-MD --model ~/cnr-iemn

      spgc predict --split test1 --split test2 --split test3 --out results

      spgc predict --data ~/my-scans --device cuda --slices slices.csv

      spgc predict --split test2 --shard $SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT --out parts
    """
    from spgc.protocol import splits_named

    console.set_mode(quiet=quiet, json_out=json_out)
    splits = list(dict.fromkeys(one for name in split or [] for one in splits_named(name)))

    from spgc.cli.telling import open_cases, report_trouble, scan_remarks, trouble_document
    from spgc.contract.slices import slice_model
    from spgc.contract.system import RunSettings
    from spgc.ct.store import SliceStore
    from spgc.files.overwriting import check_target
    from spgc.runs.answers import answer
    from spgc.runs.missing import policy_of, settle
    from spgc.runs.scans import write_answers
    from spgc.runs.shards import shard_named, shard_of_process
    from spgc.runs.slice_table import HEAD, slice_table, write_slice_table
    from spgc.systems.options import split_pairs
    from spgc.systems.registry import load_system
    from spgc.systems.unlabelled import seen_before

    if slices is not None:
        check_target(slices, mark=HEAD)
    policy = policy_of(allow_missing or not splits, fill, probabilities=probabilities)
    pairs = [*(option or []), *([f"patient_classifier={classifier}"] if classifier else [])]
    options = split_pairs(pairs)
    settings = RunSettings(
        device,
        precision,
        batch_size,
        jobs=jobs or 1,
        answers=folder_in(store, "answers"),
        engine=engine,
    )
    system = load_system(model, settings, options)
    slicewise = None if slices is None else slice_model(system)
    part = shard_named(shard) if shard else shard_of_process()
    dataset, cases, own = open_cases(data, splits, manifests, part)
    answers = answer(
        dataset,
        own,
        system,
        SliceStore(store),
        jobs=jobs or 1,
        holes=policy.allowed,
        track=console.track,
    )
    prepared = answers.prepared
    report_trouble(prepared)
    for remark in answers.remarks:
        console.say(f"remark: {remark}")
    settled = settle(cases, own, answers.predictions, policy)
    done = write_answers(
        dataset,
        settled.cases,
        settled.answers,
        out,
        probabilities=probabilities,
        joint=not settled.held_back,
        tag=part.tag if part else "",
    )
    if slicewise is not None and slices is not None:
        # The slice probabilities were kept while predicting: this reads them back.
        write_slice_table(slice_table(slicewise, prepared.scans.items()), slices)
        console.say(f"wrote {slices}")
    document = system.describe()
    shown = seen_before(document, done.predictions.keys())
    facts = (
        {
            "order": [case.case_id for case in cases],
            "splits": splits,
            "shard": f"{part.number}/{part.count}",
        }
        if part
        else {}
    )
    used = system.run_facts() if hasattr(system, "run_facts") else {}
    used = {**used, "run": answers.run}
    used |= {"left_out": list(settled.left_out), "filled_in": dict(settled.filled)}
    used |= {"remarks": scan_remarks(prepared)}
    _record(done, document, settings, options, shown, used, facts, part.tag if part else "")
    if json_out:
        console.show_json(_as_dict(done, settled, document) | trouble_document(prepared))
    else:
        _tell(done, settled, document, shown)
    if manifests is None and (data / "manifests").is_dir():
        manifests = data / "manifests"
    if part is None:
        _next(whole_files(done, settled), splits, manifests)
    else:
        console.say_next("merge", out, lead=f"Next, once all {part.count} parts are there")
    if prepared.failures:
        raise typer.Exit(1)


def _record(
    done: Submitted,
    document: Mapping[str, Any],
    settings: RunSettings,
    options: Mapping[str, str],
    shown: Sequence[str],
    used: Mapping[str, Any],
    shard: Mapping[str, Any],
    tag: str,
) -> None:
    """Write the record by which `spgc score` knows the model of these files."""
    from spgc.model.identity import marks_covered
    from spgc.submissions.record import write_record
    from spgc.version import __version__

    facts = {
        "spgc": __version__,
        "system": document["system"],
        "options": dict(options),
        **({"engine": settings.engine, "precision": settings.precision} | dict(used)),
        "trained_on_synthetic": document["synthetic"],
        "transductive": list(shown),
        "purpose": document["purpose"],
        "marks_covered": marks_covered(document),
        **shard,
    }
    write_record(done.files, str(document["model_hash"]), facts, tag)


def _labels(done: Submitted, settled: Settled) -> Counter[str]:
    """How many scans the model gave each class."""
    return Counter(a.label for name, a in done.predictions.items() if name not in settled.filled)


def _as_dict(done: Submitted, settled: Settled, card: Mapping[str, Any]) -> dict[str, object]:
    from spgc.model.identity import marks_covered

    counts = _labels(done, settled)
    return {
        "files": [str(path) for path in done.files],
        "scans": counts.total(),
        "labels": dict(counts),
        "left_out": list(settled.left_out),
        "filled_in": dict(settled.filled),
        "held_back": list(settled.held_back),
        "model_hash": card["model_hash"],
        "trained_on_synthetic": card["synthetic"],
        "purpose": card["purpose"],
        "marks_covered": marks_covered(card),
    }


def _tell(
    done: Submitted,
    settled: Settled,
    card: Mapping[str, Any],
    shown: Sequence[str],
) -> None:
    from spgc.model.identity import NOT_COVERED, marks_covered

    counts = _labels(done, settled)
    parts = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    console.show_text(f"{counts.total()} scans: {parts}")
    for path in done.files:
        console.show_text(f"wrote {path}")
    _tell_holes(settled)
    if shown:
        console.say(
            f"{len(shown)} of these scans were shown to the training without labels: "
            "transductive answers."
        )
    if card["synthetic"]:
        console.say(SYNTHETIC_MODEL)
    else:
        console.say(str(card["purpose"]))
    if not marks_covered(card):
        console.say(NOT_COVERED)


def _tell_holes(settled: Settled) -> None:
    """Say what became of scans without an answer; each has had its line before."""
    from spgc.text.shortened import some

    if settled.filled:
        label = next(iter(settled.filled.values()))
        console.show_text(f"FILLED IN as {label}, answered by nothing: {', '.join(settled.filled)}")
    elif settled.held_back:
        names = [f"submission-{split}.csv" for split in settled.held_back]
        console.show_text(
            f"not written: {', '.join(names)}, submission.csv: no answer for "
            f"{some(settled.left_out)}. Repair the data, or pass --allow-missing."
        )
    elif settled.left_out:
        console.show_text(
            f"without a row: {some(settled.left_out)}. spgc score wants all of a split; --fill "
            "CLASS writes the rows."
        )


def whole_files(done: Submitted, settled: Settled) -> list[Path]:
    """Of the files written, those that `spgc score` takes: no scan missing, every class known.

    The file for all splits where it is one of them, else the splits' own.
    """
    known = {c.case_id: c.label is not None and c.case_id in settled.answers for c in settled.cases}
    splits: dict[str, list[bool]] = {}
    for case in settled.cases:
        splits.setdefault(case.split, []).append(known[case.case_id])
    good = {f"submission-{split}.csv" for split, marks in splits.items() if all(marks)}
    if len(good) == len(splits) and done.files[-1].name == "submission.csv":
        return [done.files[-1]]
    return [path for path in done.files if path.name in good]


def _next(files: Sequence[Path], splits: Sequence[str], manifests: Path | None) -> None:
    if splits and files:
        console.say_next("score", *files, *(["--manifests", manifests] if manifests else []))
