"""The commands that `kill_harness.py` kills: their words, what they need, and what they write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FAST = ("phantom", "preprocess", "train", "predict", "check", "validate", "score", "regress")
SLOW = (
    "train-cnn",
    "predict-cnn",
    "quantise",
    "train-winter",
    "predict-winter",
    "train-thesaviours",
    "predict-thesaviours",
)
NETWORKS = "networks"
"""Names all of `SLOW`."""

SIZE = """
[sizes.kills]
pixels = 64
slices = [3, 4]
[sizes.kills.scans]
train = [2, 2, 2]
val = [1, 1, 1]
test2 = [1, 1, 1]
"""


@dataclass
class Command:
    """One command: its words, what must be there before it, and the folders that it writes."""

    words: list[str]
    needs: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    seconds: float = 0.0
    out: str = ""
    killed: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    varying: frozenset[str] = frozenset()


def commands() -> dict[str, Command]:
    """All that can be killed, in an order in which each has what it needs."""
    train = ["train", "--data", "p", "--store", "s", "--jobs", "2"]
    predict = ["predict", "--data", "p", "--split", "test2", "--jobs", "2"]
    demo = ["--weights", "none", "--preset", "demo", "--device", "cpu"]
    cnn = [*demo, "--epochs", "2", *_options(image_size=32, backbones="resnext50")]
    winter = ["--system", "winter", *demo, "--epochs", "2", "--checkpoint", "best"]
    winter += _options(
        image_size=32, backbone="resnet18", lung_method="watershed-two-regions", area_threshold=1
    )
    rounds = ["--system", "thesaviours", *demo]
    rounds += _options(image_size=32, backbone="resnet18", slice_backbone="resnet18")
    rounds += _options(slice_epochs=1, rounds=2, round_epochs=1, draws=4, batch_size=4)
    manifests = ["--manifests", "p/manifests"]
    return {
        "phantom": Command(
            ["phantom", "p", "--recipe", "r.toml", "--size", "kills", "--jobs", "2"], writes=("p",)
        ),
        "check": Command(["data", "check", "p", "--json"], ("p",)),
        "preprocess": Command(
            ["preprocess", "--data", "p", "--store", "s", "--jobs", "2"], ("p",), ("s",)
        ),
        "train": Command([*train, "--system", "density", "--model", "d"], ("p", "s"), ("d", "s")),
        "predict": Command(
            [*predict, "--store", "s2", "--model", "d", "--out", "o"], ("p", "d"), ("s2", "o")
        ),
        "validate": Command(
            ["validate", "o/submission.csv", "--split", "test2", *manifests], ("p", "o")
        ),
        "score": Command(["score", "o/submission.csv", *manifests, "--json"], ("p", "o")),
        "regress": Command(["regress", "--json"]),
        "train-cnn": Command([*train, *cnn, "--model", "m"], ("p", "s"), ("m", "s")),
        "predict-cnn": Command(
            [*predict, "--store", "s", "--model", "m", "--out", "oc", "--engine", "torch"],
            ("p", "s", "m"),
            ("s", "oc"),
        ),
        "quantise": Command(
            ["quantise", "--data", "p", "--store", "s", "--model", "m", "--jobs", "2"],
            ("p", "s", "m"),
            ("m", "s"),
        ),
        "train-winter": Command([*train, *winter, "--model", "mw"], ("p", "s"), ("mw", "s")),
        "predict-winter": Command(  # converts the network, and keeps it in the store
            [*predict, "--store", "s", "--model", "mw", "--out", "ow", "--engine", "auto"],
            ("p", "s", "mw"),
            ("s", "ow"),
        ),
        "train-thesaviours": Command([*train, *rounds, "--model", "mt"], ("p", "s"), ("mt", "s")),
        "predict-thesaviours": Command(
            [*predict, "--store", "s", "--model", "mt", "--out", "ot", "--engine", "auto"],
            ("p", "s", "mt"),
            ("s", "ot"),
        ),
    }


def _options(**values: object) -> list[str]:
    """Options of a system as words."""
    return [word for name, value in values.items() for word in ("--option", f"{name}={value}")]
