"""The head of a model card: YAML between two lines `---`, as the Hugging Face Hub reads it.

https://huggingface.co/docs/hub/model-cards. Indexes take figures out of the head without the words
around them, so figures of phantoms are not in it at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from spgc.data.manifests import NOT_THE_CHALLENGES
from spgc.protocol import CLASSES, SPLITS
from spgc.scoring.counts import Confusion, Rate
from spgc.scoring.printed import hits, percent_range
from spgc.text.yaml_text import yaml_lines

TASK = "image-classification"

TAGS = ("chest-ct", "covid-19", "medical-imaging", "research-only", "not-for-diagnosis")

DATA_SET = "COVID-CT-MD"
"""What the challenge's scans for training and validation are called."""

_HEAD = re.compile(r"\A\s*---[ \t]*\n.*?^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def yaml_head(document: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The head, with its two lines. document: model.json; facts: card.json.

    The licence is `unknown`: it is for whoever trained the model to choose.
    """
    tags = [*TAGS, str(document["system"]), *(["synthetic"] if document["synthetic"] else [])]
    learnt = _is_challenge(facts["data"], "train")
    head: dict[str, Any] = {
        "license": "unknown",
        "library_name": "spgc",
        "pipeline_tag": TASK,
        "tags": tags,
        **({"datasets": [DATA_SET]} if learnt and not document["synthetic"] else {}),
    }
    if results := list(_results(document, facts)):
        name = f"{document['system']}-{str(document['model_hash'])[:12]}"
        head["model-index"] = [{"name": name, "results": results}]
    return "\n".join(["---", *yaml_lines(head), "---"])


def without_head(card: str) -> str:
    """A card for people: what comes after its head, or all of it where it has none."""
    return _HEAD.sub("", card, count=1)


def _is_challenge(data: Mapping[str, Any] | None, split: str) -> bool:
    """Whether the scans of a split are the challenge's, by what the manifest says of each."""
    certainty = ((data or {}).get("splits", {}).get(split) or {}).get("certainty", {})
    return split in SPLITS and bool(certainty) and NOT_THE_CHALLENGES.isdisjoint(certainty)


def _results(document: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in facts["evaluations"]:
        a, b, c = part["confusion"]
        counts = Confusion((tuple(a), tuple(b), tuple(c)))
        if document["synthetic"] or part["synthetic"] or not counts.total:
            continue
        known = _is_challenge(facts["data"], part["split"])
        whose = DATA_SET if known else "own scans"
        title = SPLITS[part["split"]].title if known else part["split"]
        yield {
            "task": {"type": TASK, "name": "class of a chest CT scan, by patient"},
            "dataset": {
                "type": whose.lower().replace(" ", "-"),
                "name": f"{whose}, {title}",
                "split": part["split"],
            },
            "metrics": list(_metrics(counts)),
        }


def _metrics(counts: Confusion) -> Iterator[dict[str, Any]]:
    """Shares with hits, total and exact interval in their names; none for a class without scans."""
    rates: list[tuple[str, str, Rate]] = [("accuracy", "accuracy", counts.accuracy)]
    rates += [
        ("recall", f"{name} sensitivity", counts.sensitivity(i)) for i, name in enumerate(CLASSES)
    ]
    for kind, name, rate in rates:
        if rate.value is not None:
            told = f"{name}, {hits(rate)}, exact 95 % interval {percent_range(rate.exact)} %"
            yield {"type": kind, "name": told, "value": rate.value}
