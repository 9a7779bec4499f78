"""The model card: MODEL_CARD.md beside a trained model, and card.json with what it adds.

The card says what model.json knows and what only the training knew: which splits were there and
how the model does on validation. It is no part of the model: writing it again, with new scores or
by a newer spgc, does not change the model's hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spgc.contract import abilities
from spgc.contract.system import System
from spgc.files.whole import write_text
from spgc.model.document import read_document
from spgc.systems.evaluation import Evaluation
from spgc.systems.model_card_text import to_markdown

CARD, FACTS = "MODEL_CARD.md", "card.json"


def write_model_card(
    folder: Path,
    system: System,
    data: Mapping[str, Any] | None = None,
    evaluations: Sequence[Evaluation] = (),
) -> Path:
    """Write the card of the model in `folder`, replacing an older one; return its path.

    data: what `spgc.data.provenance.provenance` says, where the scans come from a dataset. A
    system's `limits` (sentences), `scenario` (a name) and `origin` (a sentence, which comes first)
    stand on the card where it has them.
    Raises ModelError when there is no model.
    """
    document = read_document(folder)
    facts = {
        "model_hash": document["model_hash"],
        "summary": system.summary,
        "scenario": abilities.scenario(system),
        "limits": abilities.limits(system),
        "origin": abilities.origin(system),
        "data": None if data is None else dict(data),
        "evaluations": [
            {
                "split": evaluation.split,
                "synthetic": evaluation.synthetic,
                "confusion": [list(row) for row in evaluation.confusion.counts],
            }
            for evaluation in evaluations
        ],
    }
    write_text(folder / FACTS, json.dumps(facts, indent=2) + "\n")
    write_text(folder / CARD, to_markdown(document, facts))
    return folder / CARD
