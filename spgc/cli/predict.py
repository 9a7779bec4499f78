"""`spgc predict`: a trained model's answers as a submission."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from spgc.cli import console
from spgc.cli.options import (
    DataOption,
    DeviceOption,
    JobsOption,
    ManifestsFolder,
    ModelOption,
    PrecisionOption,
    StoreOption,
)

if TYPE_CHECKING:
    from spgc.pipeline import Prepared, Submitted
    from spgc.systems.cnr_iemn.system import CnrIemn


def predict(
    split: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it at run time
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
        Optional[str],  # noqa: UP045
        typer.Option(help="xgboost or svm.", show_default="the model's own, xgboost in the paper"),
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Add p_covid19, p_cap and p_normal.")
    ] = False,
    slices: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--slices",
            help="Also write what each backbone says of each slice (CSV).",
            show_default=False,
        ),
    ] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Write even if scans of a split lack an answer.")
    ] = False,
    batch_size: Annotated[int, typer.Option(min=1, help="Slices per batch.")] = 64,
    device: DeviceOption = "auto",
    precision: PrecisionOption = "fp32",
    jobs: JobsOption = -1,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Predict a split and write submission-SPLIT.csv for each and submission.csv for all.

    Scans that are not in the slice store yet are read and segmented first. Without --split every
    scan found is predicted. A split with a hole is not written unless --allow-missing is given:
    the challenge scores whole splits. Stop it at any time: finished scans are kept.

    [bold]Examples[/]

      spgc predict --split test2 --data ~/COVID-CT-MD --model ~/cnr-iemn

      spgc predict --split test1 --split test2 --split test3 --out results

      spgc predict --data ~/my-scans --device cuda --slices slices.csv
    """
    import dataclasses

    from spgc.errors import UsageError
    from spgc.protocol import split_named

    console.set_mode(quiet=quiet, json_out=json_out)
    splits = [split_named(name).name for name in split or []]

    from spgc.cli.run import open_scans, report_trouble
    from spgc.pipeline import predict as run
    from spgc.systems.cnr_iemn.patient_settings import CHOICES
    from spgc.systems.cnr_iemn.runtime import Runtime
    from spgc.systems.cnr_iemn.system import CnrIemn

    known = CHOICES["patient_classifier"]
    if classifier and classifier not in known:
        raise UsageError(
            "unknown patient classifier", found=repr(classifier), expected=" | ".join(known)
        )
    runtime = Runtime(device, precision, batch_size, answers=store / "answers")
    system = CnrIemn.load(model, runtime)
    if classifier:
        system.config = dataclasses.replace(system.config, patient_classifier=classifier)
    dataset, cases, prepared = open_scans(
        data, store, splits, manifests, lungs=system.config.lung_method, jobs=jobs
    )
    report_trouble(prepared)
    _refuse_holes(prepared, whole=bool(splits), allow_missing=allow_missing)
    done = run(
        dataset, cases, prepared, system, out, probabilities=probabilities, track=console.track
    )
    if slices is not None:
        from spgc.systems.cnr_iemn.slice_table import slice_table, write_slice_table

        # The slice probabilities were kept while predicting: this reads them back.
        write_slice_table(slice_table(system, prepared.scans.items()), slices)
        console.say(f"wrote {slices}")
    _record(done, system, runtime.precision)
    _tell(done, prepared, system, json_out=json_out)
    if manifests is None and (data / "manifests").is_dir():
        manifests = data / "manifests"
    _next(done.files, splits, manifests)
    if prepared.failures:
        raise typer.Exit(1)


def _refuse_holes(prepared: Prepared, *, whole: bool, allow_missing: bool) -> None:
    """Raise DataError when scans of a wanted split have no answer and that was not allowed."""
    from spgc.errors import DataError

    without = [*prepared.failures, *(prepared.missing if whole else ())]
    if not prepared.scans:
        raise next(iter(prepared.failures.values()))
    if without and whole and not allow_missing:
        raise DataError(
            "submission would have holes, nothing written",
            found=f"{len(without)} scans without an answer: {', '.join(without[:5])}"
            + (" …" if len(without) > 5 else ""),
            expected="every scan of the split",
            do="repair the data, or pass --allow-missing to write the rest",
        )


def _record(done: Submitted, system: CnrIemn, precision: str) -> None:
    """Write the record by which `spgc score` knows the model of these files."""
    from spgc import __version__
    from spgc.scoring.run_record import write_record

    card = system.describe()
    facts = {
        "spgc": __version__,
        "system": card["system"],
        "classifier": system.config.patient_classifier,
        "precision": precision,
        "trained_on_synthetic": card["synthetic"],
        "purpose": card["purpose"],
    }
    write_record(done.files, str(card["model_hash"]), facts)


def _tell(done: Submitted, prepared: Prepared, system: CnrIemn, *, json_out: bool) -> None:
    card = system.describe()
    counts = Counter(answer.label for answer in done.predictions.values())
    if json_out:
        console.show_json(
            {
                "files": [str(path) for path in done.files],
                "scans": len(done.predictions),
                "labels": dict(counts),
                "left_out": [*prepared.missing, *prepared.failures],
                "model_hash": card["model_hash"],
                "trained_on_synthetic": card["synthetic"],
                "purpose": card["purpose"],
            }
        )
        return
    parts = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    console.show_text(f"{len(done.predictions)} scans: {parts}")
    for path in done.files:
        console.show_text(f"wrote {path}")
    if card["synthetic"]:
        console.say("The model was trained on SYNTHETIC phantoms: its answers mean nothing for "
                    "patients.")  # fmt: skip
    else:
        console.say(str(card["purpose"]))


def _next(files: Sequence[Path], splits: Sequence[str], manifests: Path | None) -> None:
    if splits:
        extra = f" --manifests {manifests}" if manifests else ""
        console.say(f"Next: spgc score {files[-1]}{extra}", command=True)
