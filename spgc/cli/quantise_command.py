"""`spgc quantise`: a trained model's networks in 8-bit integers."""

from __future__ import annotations

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
from spgc.report.quantised_table import EXPLAINED, quantised_table
from spgc.runs.cases import DataFolder
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
        console.show_json(done.as_dict())
        return
    console.show(quantised_table(done))
    console.say(EXPLAINED)
    named = [] if int8_pays() else ["--precision", "int8"]
    console.say_next(*predict_words(done.dataset, data, store, model, manifests, *named))
