"""A challenge file is read strictly: whatever is in doubt is refused, with file and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spgc import protocol
from spgc.challenge.challenge_file import FILE_NAME, read_challenge
from spgc.challenge.spgc_challenge import SPGC, challenge_given
from spgc.errors import DataError
from spgc.files.shipped import manifests_dir
from tests.challenge.flowers import CLASSES, flowers, toml

PACKAGE = Path(protocol.__file__).parent


def read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "challenge.toml"
    path.write_text(text, "utf-8")
    read_challenge(path)


def test_the_protocol_of_ct_is_the_shipped_file() -> None:
    """There is no second truth: a folder is read as any other challenge's."""
    read_again = read_challenge(manifests_dir())
    assert read_again.names == SPGC.names == protocol.CLASSES
    assert dict(read_again.sets) == dict(protocol.SPLITS)
    assert read_again.digest == SPGC.digest
    assert SPGC.shipped
    assert not read_again.shipped


def test_no_module_types_a_spelling_of_a_class() -> None:
    """The shipped challenge file alone says how classes are spelled."""
    pattern = re.compile(r"[\"']covid-?19[\"']: ")
    holding = [path.name for path in PACKAGE.rglob("*.py") if pattern.search(path.read_text())]
    assert holding == []


def test_five_classes_are_read(tmp_path: Path) -> None:
    made = flowers(tmp_path)
    assert made.names == CLASSES
    assert made.class_named("Sword  lily") == made.class_named("sword_LILY") == "Sword lily"
    assert made.class_named("lilies") is None
    assert made.overall is not None
    assert made.overall.sets == ("garden", "north field")
    assert made.splits_named("NORTH-field") == ("north field",)
    assert made.splits_named("all") == ("garden", "north field")
    assert made.columns["Rose"] == "p_rose"
    assert made.probability_words["probrose"] == "Rose"


def test_a_column_never_means_two_things(tmp_path: Path) -> None:
    """`p_red` would read as `pred`, a column of answers; `p` + `robin` as `prob` + `in`."""
    text = toml(("Red", "Robin", "in"))
    made = read_challenge(_written(tmp_path, text))
    assert made.columns["Red"] == "prob_red"
    assert made.probability_words.get("probin") == "Robin"  # its own column: p_robin
    assert "pred" not in made.probability_words


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "challenge.toml"
    path.write_text(text, "utf-8")
    return path


GOOD = toml(CLASSES)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("format = 1", "format = 2", "format is wrong .*found 2"),
        ("format = 1", "format = true", "format is wrong .*found True"),
        ("format = 1", "format = 1\nrulez = 3", "unknown keys .*found 'rulez'"),
        ('"cases.csv"', '"../x.csv"', "cases is wrong .*plain name"),
        ('"truth.csv"', '"/etc/passwd"', "truth is wrong .*plain name"),
        ("format = 1", "format = 1\nopens = '2021-02-01'", "opens is wrong .*without quotes"),
        (
            "format = 1",
            "format = 1\nopens = 2021-02-02\ncloses = 2021-02-01",
            "closes is wrong",
        ),
        ("format = 1", "format = 1\ncloses = 9999-12-31", "closes is wrong .*1900 to 2999"),
        ("format = 1", "format = 1\nopens = 0001-01-01", "opens is wrong .*1900 to 2999"),
        ('title = "Flowers"', 'title = "Flow\\u202eers"', "title is wrong .*printable"),
        ('title = "Flowers"', "title = 7", "title is wrong .*found 7"),
        ('title = "Flowers"', f'title = "{"x" * 999}"', "title is wrong .*1 to 200"),
        ('name = "Rose"', 'name = "[bold]Rose"', r"classes\[1\].name is wrong"),
        ('name = "Rose"', 'name = "=Rose"', r"classes\[1\].name is wrong"),
        ('name = "Rose"', 'name = "Rose, wild"', r"classes\[1\].name is wrong"),
        ('name = "Rose"', 'name = "tulip"', "'tulip' of both tulip and Tulip"),
        ('name = "Rose"', 'name = "Sword-lily"', "of both Sword-lily and Sword lily"),
        ('name = "Rose"', 'name = "none"', r"classes\[1\] is wrong .*no answer"),
        ('name = "Rose"', 'name = "label"', r"classes\[1\] is wrong .*nothing else"),
        ('name = "Rose"', 'name = "macro"', r"classes\[1\] is wrong .*nothing else"),
        ('name = "Rose"', 'name = "Ros\u00e9"\ncolumn = "p_ros\u00e9"', "column is wrong"),
        ('name = "Rose"', 'name = "Rose"\ncolumn = "p_tulip"', "'ptulip' of both"),
        ('name = "Rose"', 'name = "Rose"\nspellings = "rosa"', "spellings is wrong .*a list"),
        ('name = "Rose"', 'name = "Rose"\nspelling = ["rosa"]', "unknown keys in classes"),
        ("size = 20", "size = -1", r"sets\[1\].size is wrong"),
        ("size = 20", "size = 20.0", r"sets\[1\].size is wrong"),
        ("size = 20", "size = 10000001", r"sets\[1\].size is wrong"),
        ("size = 20", "scans = [4, 4]", r"sets\[1\].scans is wrong .*5 classes"),
        ("size = 20", "size = 21\nscans = [4, 4, 4, 4, 4]", r"sets\[1\].size is wrong .*20, the"),
        ('name = "garden"', 'name = "con"', r"sets\[1\].name is wrong"),
        ('name = "garden"', 'name = "../garden"', r"sets\[1\].name is wrong"),
        ('name = "garden"', 'name = "all"', "'all' of both all and all"),
        ('name = "garden"', 'name = "North Field"', "'northfield' of both"),
        ('name = "garden"', 'name = "north field"', "two sets of one name"),
        ("ranked = true", "ranked = 'yes'", "ranked is wrong .*true or false"),
        ("ranked = true", "ranked = false", "no set that is ranked"),
        ('rule = "accuracy"', 'rule = "luck"', "ranking.rule is wrong"),
        ('rule = "accuracy"', 'tie_break = "Daisy"', "ranking.tie_break is wrong"),
        ('rule = "accuracy"', "rule = {}", "ranking.rule is wrong"),
        ("submissions = 10", "submissions = 0", "limits.submissions is wrong"),
        ('shown = "ladder"', 'shown = "all"', "feedback.shown is wrong"),
        ("[limits]", "[limits", "can't be read"),
    ],
)
def test_what_is_wrong_is_refused_by_file_and_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    with pytest.raises(DataError, match=told) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert "challenge.toml" in str(caught.value)


@pytest.mark.parametrize("count", [0, 1, 21])
def test_two_to_twenty_classes(tmp_path: Path, count: int) -> None:
    with pytest.raises(DataError, match="classes is wrong"):
        read(tmp_path, toml([f"kind {chr(97 + i)}" for i in range(count)]))


@pytest.mark.parametrize("count", [2, 20])
def test_as_few_and_as_many_as_may_be(tmp_path: Path, count: int) -> None:
    read(tmp_path, toml([f"kind {chr(97 + i)}" for i in range(count)]))


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "challenge.toml"
    deep = [b"a" + b".a" * 120_000 + b" = 1", b'["b' + b'" . a."' * 60_000 + b'"]']
    for content in (b"\xff\xfe", b"x" * 300_000, b"a = " + b"[" * 100_000, *deep):
        path.write_bytes(content)
        with pytest.raises(DataError, match="challenge file can't be read"):
            read_challenge(tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="folder holds no challenge"):
        read_challenge(tmp_path)


def test_dots_in_quotes_and_comments_are_no_key(tmp_path: Path) -> None:
    """A key of many parts would take minutes (above); text and lists of names may have any dots."""
    names = ", ".join(f"'a.b.c.{number}.csv'" for number in range(50))
    text = GOOD.replace('["cases.csv"]', f"[{names}]  # {'.' * 200}")
    assert len(read_challenge(_written(tmp_path, text)).cases) == 50


def test_numbers_are_classes_where_the_challenge_says_so(tmp_path: Path) -> None:
    made = read_challenge(_written(tmp_path, toml(("0", "1"))))
    assert made.class_named("1.0") == made.class_named(" 1 ") == "1"
    assert made.class_named("1.5") is None


def test_the_shipped_file_by_its_name_is_the_default() -> None:
    """So that its published rows and its signatures are the same."""
    for given in (manifests_dir(), manifests_dir() / FILE_NAME, str(manifests_dir())):
        assert challenge_given(given) is SPGC
