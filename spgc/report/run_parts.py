"""What `spgc train` and `spgc predict` print of their results, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from spgc.ct.preprocess import PreprocessReport
from spgc.protocol import CLASSES
from spgc.report.scan_remarks import failure_lines, remark_lines
from spgc.report.score_tables import name_text
from spgc.runs.missing import ToWrite
from spgc.runs.predict import Predicted
from spgc.runs.train import Trained
from spgc.systems.evaluation import Evaluation
from spgc.text.marked_answers import chosen_by, trained_on, transductive
from spgc.text.shortened import some
from spgc.text.synthetic import SYNTHETIC


def training_parts(done: Trained, folder: Path) -> Iterator[Text]:
    """Where the model is, how it does on validation, and its card."""
    yield name_text(f"Model {str(done.document['model_hash'])[:12]} in {folder}")
    if done.learnt:
        words = "scans not scored, the model was trained on them"
        yield name_text(f"{done.val.split}: {done.learnt} {words}")
    if sum(done.val.scans):
        yield name_text(evaluation_words(done.val))
    if done.chose:
        yield Text(chosen_by(done.chose))
    if done.int8:
        used = [network.backbone for network in done.int8 if network.used]
        yield Text(f"int8 networks: {len(used)} of {len(done.int8)} keep float32's labels")
    yield name_text(f"Model card: {done.card}")


def filled_line(done: PreprocessReport) -> Text:
    """How many scans the slice store got, had, and did not get."""
    return Text(
        f"Scans: {len(done.done)} stored, {len(done.reused)} in the store already, "
        f"{len(done.failures)} failed."
    )


def filled_parts(done: PreprocessReport) -> Iterator[Text]:
    """The counts, then remarks, then scans that were left out."""
    yield filled_line(done)
    yield from map(name_text, remark_lines(done.notes))
    yield from map(name_text, failure_lines(done.failures))


def evaluation_words(done: Evaluation) -> str:
    """Accuracy on one split, with the majority-class baseline."""
    parts = ", ".join(
        f"{name} {h}/{n}" for name, h, n in zip(CLASSES, done.hits, done.scans, strict=True) if n
    )
    mark = f"{SYNTHETIC} " if done.synthetic else ""
    return (
        f"{mark}{done.split}: accuracy {sum(done.hits)}/{sum(done.scans)} ({parts}); "
        f"majority-class baseline {max(done.scans)}/{sum(done.scans)}"
    )


def prediction_parts(done: Predicted) -> Iterator[Text]:
    """How many scans were given each class, the files, and what became of scans without answer."""
    parts = ", ".join(f"{name} {count}" for name, count in done.labels.most_common())
    yield name_text(f"{done.labels.total()} scans: {parts}")
    for path in done.files:
        yield name_text(f"wrote {path}")
    if words := _missing_words(done.choice):
        yield name_text(words)


def prediction_marks(done: Predicted) -> Iterator[Text]:
    """Marks of answers for scans that the model met before."""
    if done.transductive:
        yield Text(transductive(len(done.transductive)))
    if done.learnt:
        yield Text(
            f"TRAINED ON: the model was trained on {len(done.learnt)} of these scans with their "
            "labels: spgc score refuses these predictions."
        )
    if done.trained_on:
        yield Text(trained_on(len(done.trained_on)))
    if done.trained_on is None:
        yield Text(
            "TRAINED ON? The model does not say which scans it was trained on: an older spgc or "
            "another package wrote it."
        )
    if done.chosen_by:
        yield Text(chosen_by(len(done.chosen_by)))


def _missing_words(choice: ToWrite) -> str:
    """What became of scans without an answer; each has had its line before."""
    if choice.filled:
        label = next(iter(choice.filled.values()))
        return f"FILLED IN as {label}, not predicted by the model: {', '.join(choice.filled)}"
    if choice.held_back:
        names = [f"submission-{split}.csv" for split in choice.held_back]
        return (
            f"not written: {', '.join(names)}, submission.csv: missing cases: "
            f"{some(choice.left_out)}. Repair the data, or pass --allow-missing."
        )
    if choice.left_out:
        return (
            f"missing cases: {some(choice.left_out)}. spgc score needs every case of a split; "
            "--fill CLASS writes the rows."
        )
    return ""
