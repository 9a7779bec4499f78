"""The signature of a score: equal signatures mean equal numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from spgc.errors import ModelError, UsageError
from spgc.files.regular import open_regular
from spgc.model.document import MODEL, check_files, read_document
from spgc.submissions.submission import Probabilities

_DIGITS = 12
"""Hex digits kept of a SHA-256: 48 bits; that any two of a million files agree has chance 0.2 %."""


OWN_TRUTH = "own"
"""Of a score on labels that the user gave for it, in one file or mapping."""


@dataclass(frozen=True)
class Signature:
    """Every part that a score depends on; `str()` is the one-line form.

    read: how answers were made of what the file holds, where it does not say them itself; of: how
    many cases the splits hold, where not all are answered; truth: `own` where the user gave the
    labels for this score, which says nothing of the challenge; challenge: short name and digest
    of one other than SPGC.
    """

    tool: str
    version: str
    splits: tuple[str, ...]
    n: int
    data: str
    labels: str
    predictions: str
    model: str | None
    resamples: int
    seed: int
    numpy: str
    read: str | None = None
    of: int | None = None
    truth: str | None = None
    challenge: str | None = None

    def __str__(self) -> str:
        parts = {
            self.tool: self.version,
            "splits": "+".join(self.splits),
            "n": self.n if self.of is None else f"{self.n}of{self.of}-PARTIAL",
            "data": self.data,
            "labels": self.labels,
            "predictions": self.predictions,
            "model": self.model or "–",
            "bootstrap": self.resamples,
            "seed": self.seed,
            "numpy": self.numpy,
            **({"read": self.read} if self.read else {}),
            **({"truth": self.truth} if self.truth else {}),
            **({"challenge": self.challenge} if self.challenge else {}),
        }
        return "|".join(f"{name}:{value}" for name, value in parts.items())

    def as_dict(self) -> dict[str, object]:
        """The parts by name; `truth` and `challenge` are there only where they say something."""
        parts = {"text": str(self), **asdict(self), "splits": list(self.splits)}
        rare = {"truth": self.truth, "challenge": self.challenge}
        return {k: v for k, v in parts.items() if k not in rare or rare[k]}


def read_as(mapping: Mapping[str, str], *, argmax: bool) -> str | None:
    """How answers were read, for the signature: `argmax`, `0=COVID-19,1=CAP`; None for plainly."""
    parts = ["argmax"] if argmax else []
    if mapping:
        parts.append(",".join(f"{key}={mapping[key]}" for key in sorted(mapping)))
    return "+".join(parts) or None


def hash_labels(labels: Mapping[str, str]) -> str:
    """Hash of case IDs and classes, whatever their order."""
    return _short(f"{case},{labels[case]}\n" for case in sorted(labels))


def hash_predictions(
    predictions: Mapping[str, str], probabilities: Mapping[str, Probabilities] | None
) -> str:
    """Hash of case IDs, classes and, where they came along, probabilities."""
    shares = probabilities or {}
    return _short(
        ",".join((case, predictions[case], *map(repr, shares.get(case, ())))) + "\n"
        for case in sorted(predictions)
    )


def _short(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:_DIGITS]


def hash_model(path: Path) -> str:
    """Hash of a model file, or of all files of a model folder by relative path and content.

    Raises UsageError when there is no such file or folder.
    """
    if not path.exists():
        raise UsageError("no such model file or folder", where=path, do="check --model")
    if (path / MODEL).is_file():
        return _card_hash(path)
    files: Sequence[Path] = [path]
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file())
    digest = hashlib.sha256()
    for file in files:
        name = file.relative_to(path).as_posix() if path.is_dir() else ""
        with open_regular(file) as stream:
            digest.update(f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()[:_DIGITS]


def _card_hash(folder: Path) -> str:
    """The hash that `spgc train` wrote into model.json, once its files have been checked.

    The same hash stands in the record beside a submission, so both ways give one signature.
    """
    try:
        document = read_document(folder)
        check_files(folder, document)
    except ModelError as error:  # here the option is wrong, whatever is the matter with the model
        raise UsageError(
            error.what,
            where=error.where,
            found=error.found,
            expected=error.expected,
            do=error.do or "check --model",
        ) from error
    return str(document["model_hash"])[:_DIGITS]
