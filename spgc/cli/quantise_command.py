"""`spgc quantise`: a trained model's networks in 8-bit integers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from spgc.cli import console
from spgc.cli.run_output import LISTENER, predict_words
from spgc.cli.shared_options import (
    DataOption,
    JobsOption,
    ManifestsFolder,
    ModelOption,
    StoreOption,
)
from spgc.jobs.machine import int8_pays
from spgc.nets.engines.int8 import LEAST_EQUAL
from spgc.report.score_tables import plain_table
from spgc.runs.cases import DataFolder
from spgc.runs.quantise import Quantised
from spgc.runs.quantise import quantise as run


def quantise(
    data: DataOption = Path("data"),
    store: StoreOption = Path("store"),
    model: ModelOption = Path("model"),
    jobs: JobsOption = -1,
    manifests: ManifestsFolder = None,
    json_out: console.JsonFlag = False,
    quiet: console.QuietFlag = False,
) -> None:
    """Quantise a trained model to int8: half the time on processors with VNNI, without AMX.

    Calibrates on training scans. Slices whose two best classes are almost equal are run again in
    float32: 2 to 5 %, as many as labels would change. Labels of up to 480 other slices, those of
    validation first, are compared with float32's, and a network that changes more than 0.5 % of
    them runs as before. The files go to MODEL/int8. From then on --precision auto uses them where
    they are faster: with AMX bfloat16 is as fast. To go back, delete the folder or name another
    precision. Needs pip install 'spgc\\[openvino,int8]'; takes two to five minutes.

    [bold]Examples[/]

      spgc quantise --data ~/COVID-CT-MD --model ~/cnr-iemn

      spgc predict --split test2
    """
    console.set_mode(quiet=quiet, json_out=json_out)
    if not int8_pays():
        console.say("int8 is no faster on this processor: --precision auto will not use it here.")
    done = run(model, DataFolder(data, manifests), store, jobs=jobs or 1, listener=LISTENER)
    if json_out:
        networks = [asdict(network) for network in done.networks]
        console.show_json({"schema": "spgc-quantise/1", "networks": networks})
        return
    _show(done)
    named = [] if int8_pays() else ["--precision", "int8"]
    console.say_next(*predict_words(done.dataset, data, store, model, manifests, *named))


def _show(done: Quantised) -> None:
    table = plain_table("Labels as in float32", synthetic=bool(done.document.get("synthetic")))
    for name in ("Network", "labels kept", "int8 alone", "predicted again", "lead lost", "runs in"):
        table.add_column(name, justify="left" if name in ("Network", "runs in") else "right")
    for one in done.networks:
        table.add_row(
            one.backbone,
            f"{one.equal}/{one.slices}",
            f"{one.alone}/{one.slices}",
            f"{one.again}/{one.slices}",
            f"{one.worst_margin:.3f}" if one.equal < one.slices else "–",
            "int8" if one.used else "as before",
        )
    console.show(table)
    console.say(
        f"int8 where at least {LEAST_EQUAL:.1%} of the labels stay; close ones are predicted "
        "again in float32. Lead lost: the largest of a label that still changed, in "
        "logits."
    )
