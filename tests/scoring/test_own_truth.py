"""A score on the user's own labels equals one on manifests of them, but for saying so."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

import spgc
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import read_manifests, write_manifest
from spgc.scoring.schemas import score_schema
from spgc.submissions.reading_rules import reading_on
from spgc.submissions.truth_file import read_truth, truth_of

LABELS = {f"c{number}": ("COVID-19", "CAP", "Normal")[number % 3] for number in range(12)}
ANSWERS = LABELS | {"c0": "CAP", "c5": "COVID-19"}


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text("Study,Label\n" + "".join(f"{c},{name}\n" for c, name in LABELS.items()))
    return path


def test_hand_made_labels_give_the_hits_that_one_counts(labels: Path) -> None:
    own = spgc.score(ANSWERS, labels).splits["own"].confusion
    assert own.counts == ((3, 1, 0), (0, 4, 0), (1, 0, 3))


def test_file_mapping_and_manifests_give_one_document(labels: Path, tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    write_manifest(truth_of(LABELS, reading_on(SPGC)), folder / "own.csv")
    on_manifests = spgc.score(ANSWERS, read_manifests(folder)).as_dict(cases=True)
    documents = [
        spgc.score(ANSWERS, one).as_dict(cases=True) for one in (labels, str(labels), LABELS)
    ]
    assert documents[0] == documents[1] == documents[2]
    marked = documents[0]["signature"]
    assert marked.pop("truth") == "own"
    assert marked["text"].endswith("|truth:own")
    marked["text"] = marked["text"].removesuffix("|truth:own")
    assert documents[0] == on_manifests


def test_the_document_keeps_its_schema_and_only_own_labels_mark_it(labels: Path) -> None:
    on_own = spgc.score(ANSWERS, labels).as_dict()
    jsonschema.validate(on_own, score_schema())
    on_manifest = spgc.score(ANSWERS, read_truth(labels, reading_on(SPGC)).manifest).as_dict()
    assert on_manifest == on_own
    plain = dict.fromkeys((case.case_id for case in read_manifests().split("test2")), "cap")
    document = spgc.score(plain).as_dict()
    assert "truth" not in document["signature"]
    assert "truth" not in document["signature"]["text"]


def test_released_labels_are_the_users_own_when_a_file_gives_them(tmp_path: Path) -> None:
    """The challenge's cases on labels of somebody: no paper table, no rank."""
    test2 = read_manifests().truth("test2")
    path = tmp_path / "test-2-labels.csv"
    text = "Study,Label\r\n" + "".join(f"{c},{name.lower()}\r\n" for c, name in test2.items())
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    result = spgc.score(test2, path)
    assert [group.name for group in result.groups] == ["own"]
    assert result.groups[0].paper_table is None
    assert result.signature.labels == spgc.score(test2).signature.labels


@pytest.mark.real
def test_the_released_label_files_are_truths(real_data: Path) -> None:
    for path in sorted((real_data / "spgc-test-labels").glob("*.csv")):
        truth = read_truth(path, reading_on(SPGC)).manifest
        assert spgc.score(path, truth=path).splits["own"].confusion.total == len(truth)
