"""The manifests as a Croissant document, MLCommons' JSON-LD form that data loaders can read.

Croissant 1.1: http://mlcommons.org/croissant/1.1. `make croissant` writes the document beside the
manifests; what it says that the manifests don't is in `croissant_facts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spgc.challenge.set_words import Split
from spgc.data.citations import RELEASED
from spgc.data.croissant_facts import (
    ABOUT,
    CERTAINTY_MEANINGS,
    CITE_AS,
    CLASS_MEANINGS,
    CONTEXT,
    LIMITATIONS,
    SENSITIVE,
    SOURCES,
    SPLIT_KINDS,
    TITLE,
    USES,
)
from spgc.data.info import COLUMN_MEANINGS
from spgc.data.manifests import COLUMNS, Manifest, read_manifest
from spgc.files.hashes import file_hash
from spgc.files.shipped import manifests_dir
from spgc.protocol import CLASSES, SPLITS
from spgc.version import __version__

FORMS = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")

FILE_NAME = "croissant.json"
"""Of the document, beside the manifests."""


def croissant(folder: Path | None = None) -> dict[str, Any]:
    """The document for the challenge's six manifests in `folder`, or those that come with spgc.

    It names files by their SHA-256, so it is stale as soon as one of them changes. Raises
    DataError when a manifest is missing or damaged.
    """
    folder = manifests_dir() if folder is None else folder
    paths = {name: folder / f"{name}.csv" for name in SPLITS}
    manifests = {name: read_manifest(path) for name, path in paths.items()}
    return {
        "@context": dict(CONTEXT),
        "@type": "sc:Dataset",
        "name": "spgc-manifests",
        "alternateName": TITLE,
        "conformsTo": list(FORMS),
        "description": ABOUT,
        "license": "https://spdx.org/licenses/MIT.html",
        "url": SOURCES[0]["url"],
        "version": __version__,
        "datePublished": RELEASED,
        "inLanguage": "en",
        "keywords": ["COVID-19", "chest CT", "community-acquired pneumonia", "data splits"],
        "creator": {"@type": "sc:Organization", "name": "The spgc developers"},
        "citeAs": CITE_AS,
        "isBasedOn": [{"@type": "sc:CreativeWork", **source} for source in SOURCES],
        "rai:dataLimitations": list(LIMITATIONS),
        "rai:personalSensitiveInformation": SENSITIVE,
        "rai:dataUseCases": USES,
        "distribution": [_file(SPLITS[name], path) for name, path in paths.items()],
        "recordSet": [
            _classes(),
            _splits(),
            _certainties(manifests),
            *(_cases(SPLITS[name], manifest) for name, manifest in manifests.items()),
        ],
    }


def _file(split: Split, path: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": path.name,
        "name": path.name,
        "description": f"The {split.size} scans of {split.name}, {split.title}: classes and "
        "where each row comes from. No images.",
        "contentUrl": path.name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": "text/csv",
        "sha256": file_hash(path),
    }


def _classes() -> dict[str, Any]:
    rows = [{"name": name, "meaning": CLASS_MEANINGS[name]} for name in CLASSES]
    return _list("classes", "sc:Enumeration", "The three classes of a scan.", rows)


def _splits() -> dict[str, Any]:
    rows: list[dict[str, str | int | bool]] = [
        {
            "name": split.name,
            "url": SPLIT_KINDS[split.name],
            "title": split.title,
            "scans": split.size,
            "ranked": split.ranked,
            "paper_table": split.paper_table,
            "note": split.note,
        }
        for split in SPLITS.values()
    ]
    about = "The six splits; test1 to test3 are the 90 scans of the challenge's ranking."
    return _list("splits", "cr:Split", about, rows)


def _certainties(manifests: Mapping[str, Manifest]) -> dict[str, Any]:
    found = {case.certainty for manifest in manifests.values() for case in manifest}
    rows = [{"name": n, "meaning": text} for n, text in CERTAINTY_MEANINGS.items() if n in found]
    about = "How certain the label and the split of a scan are."
    return _list("certainties", "sc:Enumeration", about, rows)


_TYPES: Mapping[type, str] = {bool: "sc:Boolean", int: "sc:Integer", str: "sc:Text"}


def _list(
    name: str, kind: str, about: str, rows: Sequence[Mapping[str, str | int | bool]]
) -> dict[str, Any]:
    """A record set whose few rows stand in the document; `name` is the key of each."""
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{name}/{column}",
            "name": column,
            "dataType": "sc:URL" if column == "url" else _TYPES[type(value)],
        }
        for column, value in rows[0].items()
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": about,
        "dataType": kind,
        "key": {"@id": f"{name}/name"},
        "field": fields,
        "data": [{f"{name}/{column}": row[column] for column in row} for row in rows],
    }


_REFERS = {"label": "classes", "split": "splits", "certainty": "certainties"}


def _cases(split: Split, manifest: Manifest) -> dict[str, Any]:
    """A record set over one manifest: one record a scan."""
    labels = [case.label for case in manifest]
    counts = ", ".join(f"{labels.count(name)} {name}" for name in CLASSES)
    return {
        "@type": "cr:RecordSet",
        "@id": split.name,
        "name": split.name,
        "description": f"{split.title}: {len(manifest)} scans ({counts}). {split.note}.",
        "key": {"@id": f"{split.name}/case"},
        "field": [_column(split.name, column) for column in COLUMNS],
    }


def _column(split: str, column: str) -> dict[str, Any]:
    refers = _REFERS.get(column)
    # `field` between: mlcroissant 1.1 fails on the shorter form that the specification shows.
    return {
        "@type": "cr:Field",
        "@id": f"{split}/{column}",
        "name": column,
        "description": COLUMN_MEANINGS[column],
        "dataType": ["sc:Text", "cr:Label"] if column == "label" else "sc:Text",
        "source": {"fileObject": {"@id": f"{split}.csv"}, "extract": {"column": column}},
        **({"references": {"field": {"@id": f"{refers}/name"}}} if refers else {}),
    }
