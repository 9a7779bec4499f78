"""`spgc quantise`: a trained model's networks in 8-bit integers."""

from __future__ import annotations

from pathlib import Path

from spgc.cli import console
from spgc.cli.options import DataOption, JobsOption, ManifestsFolder, ModelOption, StoreOption


def quantise(
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    jobs: JobsOption = -1,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Make int8 networks of a trained model: half the time on processors with VNNI, no AMX.

    Training scans calibrate. A slice where two classes are almost equal is answered again in
    float32: two to five in a hundred, as many as labels turn. Labels of up to 480 other slices,
    those of validation first, are compared with float32's, and a network that changes more than
    0.5 % of them runs as before.
    The files go to MODEL/int8. From then on --precision auto takes them where they pay: with AMX
    bfloat16 is as fast. Delete the folder, or name another precision, to do without.
    Needs pip install 'spgc\\[openvino,int8]'; takes two to five minutes.

    [bold]Examples[/]

      spgc quantise --data ~/COVID-CT-MD --model ~/cnr-iemn

      spgc predict --split test2
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    from dataclasses import asdict

    from spgc.cli.run_output import open_scans, predict_words, report_trouble
    from spgc.jobs.machine import int8_pays
    from spgc.nets.engines.int8 import LEAST_EQUAL
    from spgc.nets.slices.quantise import quantise_model
    from spgc.report.tables import plain_table
    from spgc.systems.cnr_iemn.system import CnrIemn

    if not int8_pays():
        console.say("int8 does not pay on this processor: --precision auto will not take it here.")
    system = CnrIemn.load(model)
    dataset, cases, prepared = open_scans(
        data, store, ["train", "val"], manifests, lungs=system.lung_method, jobs=jobs
    )
    report_trouble(prepared)
    train, val = (
        [
            (c.case_id, prepared.scans[c.case_id])
            for c in cases
            if c.split == split and c.case_id in prepared.scans
        ]
        for split in ("train", "val")
    )
    bornes = list(
        console.track(quantise_model(model, train, val), "networks", len(system.config.backbones))
    )
    if json_out:
        console.show_json([asdict(borne) for borne in bornes])
        return
    table = plain_table("Labels as in float32", synthetic=bool(system.describe().get("synthetic")))
    for name in ("Network", "labels kept", "int8 alone", "asked again", "lead lost", "runs in"):
        table.add_column(name, justify="left" if name in ("Network", "runs in") else "right")
    for borne in bornes:
        table.add_row(
            borne.backbone,
            f"{borne.equal}/{borne.slices}",
            f"{borne.alone}/{borne.slices}",
            f"{borne.again}/{borne.slices}",
            f"{borne.worst_margin:.3f}" if borne.equal < borne.slices else "–",
            "int8" if borne.used else "as before",
        )
    console.show(table)
    console.say(
        f"int8 where at least {LEAST_EQUAL:.1%} of the labels stay; close calls are asked "
        "again in float32. Lead lost: the largest of a label that still changed, in "
        "logits."
    )
    named = [] if int8_pays() else ["--precision", "int8"]
    console.say_next(*predict_words(dataset, data, store, model, manifests, *named))
