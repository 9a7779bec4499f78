"""A model card as Markdown: what a model is, what it learnt from, how it does, what it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from spgc.model.identity import NOT_COVERED, marks_covered
from spgc.protocol import CLASSES, SPLITS
from spgc.scoring.counts import Confusion, Rate
from spgc.scoring.printed import ABSENT, hits, percent, percent_range
from spgc.systems.model_card_head import yaml_head
from spgc.text.markdown import code, item, plain
from spgc.text.purpose import LIMIT_OF_MODELS
from spgc.text.synthetic import SYNTHETIC, SYNTHETIC_CARD

LIMITS = (
    LIMIT_OF_MODELS,
    "It predicts one of three classes for any input. Other diseases, healthy people with old "
    "scars, children and scans of other body parts are out of distribution.",
    "Its validation scans come from where its training scans come from. On other scanners, doses "
    "and hospitals it can do much worse.",
    "Its probabilities have not been calibrated.",
)

_UNOFFICIAL = ("confirmed", "matches_paper", "likely", "approximate")


def to_markdown(document: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The card. document: model.json; facts: card.json (`spgc.systems.model_card`)."""
    parts = [
        yaml_head(document, facts),
        *_head(document, facts),
        *_training(document, facts["data"]),
        *_scores(facts["evaluations"]),
        *_limits(facts),
        *_settings(document),
        *_files(document),
    ]
    return "\n\n".join(parts) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]], right_from: int = 1) -> str:
    from tabulate import tabulate

    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    align = ["left" if i < right_from else "right" for i in range(len(header))]
    return str(
        tabulate(
            cells, headers=list(header), tablefmt="pipe", colalign=align, disable_numparse=True
        )
    )


def _head(document: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[str]:
    known = str(document["model_hash"])
    yield f"# Model card: {plain(str(document['system']))} {code(known[:12])}"
    if origin := facts.get("origin"):
        yield plain(str(origin))
    if document["synthetic"]:
        yield f"> {SYNTHETIC_CARD}"
    yield f"> **{plain(str(document['purpose']))}**"
    if not marks_covered(document):
        yield f"> {NOT_COVERED}"
    package = document.get("package")
    release = document["versions"].get(package) if package else None
    rows = [
        ("System", plain(f"{document['system']}: {facts['summary']}")),
        ("Package", plain(f"{package} {release or ''}".strip()) if package else "not registered"),
        *([("Scenario", plain(str(facts["scenario"])))] if facts["scenario"] else []),
        ("Classes", plain(", ".join(document["classes"]))),
        ("Model hash", code(known)),
    ]
    yield _table(("", ""), rows, right_from=2)
    yield (
        f"`spgc score` shows {code(f'model:{known[:12]}')} in the signature of every submission "
        "that this model wrote. The hash covers settings and files, not this card."
    )


def _training(document: Mapping[str, Any], data: Mapping[str, Any] | None) -> Iterator[str]:
    learnt = document["trained_on"]
    yield "## Training data"
    yield _classes_table(learnt)
    if data is not None:
        yield f"Data folder: {plain(str(data['layout']))}."
        yield from _splits(data["splits"])
    if shown := learnt.get("unlabelled", {}).get("cases"):
        yield (
            f"**Transductive.** The training was also given {len(shown)} scans without their "
            "labels. Predictions for these scans can't be compared with those of a model that "
            f"never saw them: {', '.join(plain(str(name)) for name in shown)}."
        )
    if cases := learnt.get("val", {}).get("cases"):
        yield (
            f"**Trained on validation.** {len(cases)} scans of the validation split were learnt "
            "from with their labels, beyond the table above: accuracy on them says nothing, and "
            "`spgc score` refuses predictions for them."
        )
    if cases := learnt.get("chosen_by", {}).get("cases"):
        yield (
            f"**Chosen by validation.** {len(cases)} scans of the validation split chose its "
            "epoch, a threshold or its members, by their labels: accuracy on them flatters it."
        )
    hashes = [
        ("scans (files and preprocessing)", learnt.get("scans_hash")),
        ("labels (classes and slices)", learnt.get("labels_hash")),
        ("scans and labels", learnt.get("hash")),
        ("manifest", data["manifest_hash"] if data else None),
    ]
    yield "SHA-256 of the training data:"
    yield _table(("", "SHA-256"), [(n, code(str(h))) for n, h in hashes if h], right_from=2)


def _classes_table(learnt: Mapping[str, Any]) -> str:
    marked, samples = learnt.get("slice_labels", {}), learnt.get("labelled_slices")
    header = ["Class", "Scans", "With slice labels", "Infected slices", "Uninfected slices"]
    rows: list[list[object]] = []
    for name in CLASSES:
        slices = marked.get(name, {})
        labelled = slices.get("scans", 0)
        counts = [
            labelled,
            *(slices.get(k, ABSENT) if labelled else ABSENT for k in ("infected", "uninfected")),
        ]
        rows.append([name, learnt.get("scans", {}).get(name, ABSENT), *counts])
    if samples:
        header.append("Training slices of this class")
        rows = [[*row, samples.get(str(row[0]), ABSENT)] for row in rows]
    return _table(header, rows)


def _splits(splits: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        (
            plain(name),
            *(f"{part['used'][label]} of {part['listed'][label]}" for label in CLASSES),
            part["missing"],
            part["failed"],
        )
        for name, part in splits.items()
    ]
    yield _table(("Split, used of listed", *CLASSES, "Not there", "Unreadable"), rows)
    unofficial = sum(
        part["certainty"].get(word, 0) for part in splits.values() for word in _UNOFFICIAL
    )
    if unofficial:
        yield (
            f"The split of {unofficial} cases is recovered from published figures, not official: "
            "a few may stand on the other side (see docs/data.md)."
        )


def _scores(evaluations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "## Evaluation"
    counted = [part for part in evaluations if sum(map(sum, part["confusion"]))]
    if not counted:
        yield (
            "Not evaluated: no labelled validation scan outside the training data, or training is "
            "not finished."
        )
    for part in counted:
        a, b, c = part["confusion"]
        yield from _score(part, Confusion((tuple(a), tuple(b), tuple(c))))


def _score(part: Mapping[str, Any], counts: Confusion) -> Iterator[str]:
    split = SPLITS.get(part["split"])
    mark = f"{SYNTHETIC} " if part["synthetic"] else ""
    title = f"{split.title} ({split.name})" if split else part["split"]
    yield f"### {mark}{plain(title)}: {hits(counts.accuracy)} scans correct"
    rates: list[tuple[str, Rate]] = [("All", counts.accuracy)]
    rates += [(f"{name} sensitivity", counts.sensitivity(i)) for i, name in enumerate(CLASSES)]
    rows = [(n, hits(r), percent(r.value), percent_range(r.exact)) for n, r in rates]
    yield _table(("", "Accuracy", "%", "95 % interval"), rows)
    matrix = [(name, *row) for name, row in zip(CLASSES, counts.counts, strict=True) if sum(row)]
    yield _table(("True class, predicted", *CLASSES), matrix)
    common = Rate(max(map(sum, counts.counts)), counts.total)
    yield (f"Intervals are exact (Clopper-Pearson). Majority-class baseline: {hits(common)}.")


def _limits(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "## Limits"
    yield "\n".join(map(item, (*LIMITS, *facts["limits"])))


def _settings(document: Mapping[str, Any]) -> Iterator[str]:
    yield "## Settings"
    rows = [(plain(name), plain(_shown(value))) for name, value in document["config"].items()]
    yield _table(("Setting", "Value"), rows, right_from=2) if rows else "None."


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or ABSENT
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _files(document: Mapping[str, Any]) -> Iterator[str]:
    yield "## Files and versions"
    files = [(code(name), code(str(digest))) for name, digest in document["files"].items()]
    yield _table(("File", "SHA-256"), files, right_from=2)
    yield _table(
        ("Package", "Version"),
        [
            (plain(name), plain(str(release or "unknown")))
            for name, release in document["versions"].items()
        ],
        right_from=2,
    )
