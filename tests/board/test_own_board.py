"""Anybody's submissions are ranked on anybody's labels, among themselves alone."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from spgc.board.own_board import own_board, submission_files
from spgc.board.pairs import MOST_GROUPS, Pair, groups_of
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest
from spgc.errors import DataError, UsageError
from spgc.files.standard_input import StandardInput
from spgc.scoring.mcnemar import exact_p
from spgc.submissions.reading_rules import reading_on
from spgc.submissions.truth_file import read_truth, truth_of

CLASSES = ("COVID-19", "CAP", "Normal")
TRUTH = {f"c{number:02}": CLASSES[number % 3] for number in range(30)}


def write(path: Path, wrong: int, first: int = 0, cases: dict[str, str] = TRUTH) -> Path:
    """Answers of which `wrong` from the case numbered `first` on are wrong."""
    path.parent.mkdir(exist_ok=True)
    rows = [
        f"{case},{CLASSES[(CLASSES.index(name) + (first <= k < first + wrong)) % 3]}"
        for k, (case, name) in enumerate(cases.items())
    ]
    path.write_text("\n".join(["Study,Label", *rows]) + "\n")
    return path


def test_ranks_ties_and_intervals_are_those_of_the_counts(tmp_path: Path) -> None:
    wrong = {"a": 3, "b": 0, "c": 3, "d": 20}
    files = [write(tmp_path / f"{name}.csv", count) for name, count in wrong.items()]
    board = own_board(files, truth_of(TRUTH, reading_on(SPGC)))
    (view,) = board.views
    shown = [(placed.row.team, placed.label, placed.row.total_hits) for placed in view.ranked]
    assert shown == [("b", "1", 30), ("a", "2=", 27), ("c", "2=", 27), ("d", "4", 10)]
    low, high = view.ranked[0].row.accuracy.exact or (0, 0)
    assert (low, high) == (pytest.approx(0.025 ** (1 / 30)), 1.0)
    assert view.later == ()
    assert board.refused == ()
    assert board.as_dict()["truth"] == "own"


def test_groups_are_those_of_the_exact_test_with_holm(tmp_path: Path) -> None:
    """b and d differ on 20 patients, all for b; a and b on 3: only the first is told apart."""
    wrong = {"a": 3, "b": 0, "d": 20}
    files = [write(tmp_path / f"{name}.csv", count) for name, count in wrong.items()]
    (view,) = own_board(files, truth_of(TRUTH, reading_on(SPGC))).views
    assert view.honest is not None
    letters = {one.row.team: one.groups for one in view.honest.standings}
    assert letters == {"b": "a", "a": "a", "d": "b"}
    assert {one.row.team: one.may_be_best for one in view.honest.standings}["d"] == "no"
    p = {(pair.a, pair.b): pair.p[0] for pair in view.honest.pairs}
    assert p[0, 1] == pytest.approx(exact_p(3, 0))
    assert p[0, 2] == pytest.approx(exact_p(20, 0))


def test_a_refused_file_is_named_while_the_others_go_on(tmp_path: Path) -> None:
    good = write(tmp_path / "good.csv", 1)
    bad = tmp_path / "bad.csv"
    bad.write_text("Study,Label\nc00,cap\n")
    board = own_board([bad, good, tmp_path / "none.csv"], truth_of(TRUTH, reading_on(SPGC)))
    assert [placed.row.team for view in board.views for placed in view.ranked] == ["good"]
    assert [one.file for one in board.refused] == [str(bad), str(tmp_path / "none.csv")]
    assert "no answer (c01) (and 28 more problems)" in str(board.refused[0].error)
    assert board.as_dict()["refused"][1]["what"] == "the file can't be read"


def test_a_set_for_each_split_and_each_file_where_it_answers(tmp_path: Path) -> None:
    text = "case,label,split\n" + "".join(
        f"{case},{name},{'north' if k < 15 else 'test2'}\n"
        for k, (case, name) in enumerate(TRUTH.items())
    )
    manifest = read_truth(StandardInput(text.encode()), reading_on(SPGC)).manifest
    half = dict(list(TRUTH.items())[:15])
    files = [write(tmp_path / "whole.csv", 2), write(tmp_path / "half.csv", 0, cases=half)]
    board = own_board(files, manifest)
    teams = {view.set_name: [placed.row.team for placed in view.ranked] for view in board.views}
    assert teams == {"test2": ["whole"], "north": ["half", "whole"]}
    assert board.views[0].ranked[0].label == "1"  # no team of the challenge takes a rank
    one = own_board(files, manifest, split="test2")
    assert [view.set_name for view in one.views] == ["test2"]
    assert [refused.file for refused in one.refused] == [str(files[1])]
    with pytest.raises(UsageError, match="did you mean 'north'"):
        own_board(files, manifest, split="nroth")


def test_ranks_of_very_many_sets_stand_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ranks can tell is drawn for each set anew: for a set a case that would take hours."""
    monkeypatch.setattr("spgc.board.own_board.MOST_SETS", 3)
    for count, told in ((3, True), (4, False)):
        cases = {
            name: Case(name, "CAP", f"s{name}", "me", "own")
            for name in (f"c{number:03}" for number in range(count))
        }
        path = tmp_path / "mine.csv"
        path.write_text("Study,Label\n" + "".join(f"{case},cap\n" for case in cases))
        board = own_board([path, path], Manifest(cases))
        assert [view.set_name for view in board.views] == sorted(c.split for c in cases.values())
        assert {view.honest is not None for view in board.views} == {told}
        assert all(len(view.ranked[0].row.scored) == 1 for view in board.views)


def test_a_folder_gives_its_submissions_but_not_the_truth(tmp_path: Path) -> None:
    one, two = write(tmp_path / "one.csv", 0), write(tmp_path / "two.csv", 0)
    (tmp_path / "notes.txt").write_text("x")
    assert submission_files([tmp_path], two) == [one]
    assert submission_files([tmp_path, one]) == [one, two]
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="holds no submission"):
        submission_files([tmp_path / "empty"])


def test_stray_files_in_a_folder_are_no_submissions(tmp_path: Path) -> None:
    (tmp_path / "._a.csv").write_bytes(b"\x00\x05\x16\x07")
    with pytest.raises(DataError, match="holds no submission"):
        submission_files([tmp_path])
    (tmp_path / "a.csv").touch()
    assert submission_files([tmp_path]) == [tmp_path / "a.csv"]


def test_groups_equal_those_of_all_subsets() -> None:
    """The pivot leaves out no group: slow transcription of what a maximal group is."""
    random = Random(3)  # noqa: S311 - no secret
    for _ in range(60):
        nodes = list(range(7))
        apart = {pair for pair in combinations(nodes, 2) if random.random() < 0.4}
        pairs = [
            Pair(a, b, (0, 0), (0.0, 0.0), (0.0, 0.0) if (a, b) in apart else (1.0, 1.0), "exact")
            for a, b in combinations(nodes, 2)
        ]
        subsets = [
            set(chosen)
            for size in range(1, 8)
            for chosen in combinations(nodes, size)
            if not apart & set(combinations(chosen, 2))
        ]
        largest = sorted(
            sorted(one) for one in subsets if not any(one < other for other in subsets)
        )
        assert groups_of(nodes, pairs) == largest


def test_forty_systems_that_are_all_alike_are_one_group() -> None:
    pairs = [
        Pair(a, b, (0, 0), (1.0, 1.0), (1.0, 1.0), "exact") for a, b in combinations(range(40), 2)
    ]
    assert groups_of(range(40), pairs) == [list(range(40))]


def _couples(count: int) -> list[Pair]:
    """`count` couples, told apart from each other alone: two to the power of `count` groups."""
    return [
        Pair(a, b, (0, 0), (0.0, 0.0), (0.0, 0.0) if (a ^ b) == 1 else (1.0, 1.0), "exact")
        for a, b in combinations(range(2 * count), 2)
    ]


def test_groups_that_double_with_each_couple_are_counted_no_further_than_they_are_shown() -> None:
    few = groups_of(range(12), _couples(6))
    assert few is not None
    assert len(few) == 64 <= MOST_GROUPS
    assert groups_of(range(14), _couples(7)) is None
    assert groups_of(range(200), _couples(100)) is None
