"""Names out of data files: a plain one stays, anything else is refused or made into a safe one."""

from pathlib import Path

import pytest

from spgc.errors import DataError
from spgc.files.foreign_names import (
    MAX_BYTES,
    folder_in,
    key_for,
    name_for,
    place_in,
    real_path,
    same_file_name,
)
from spgc.files.whole import write_text

HOSTILE = {
    "": "is empty",
    ".": "names a folder",
    "..": "names a folder",
    "...": "names a folder",
    "../x": "a path or drive",
    "a/b": "a path or drive",
    "/etc/passwd": "a path or drive",
    "..\\x": "a path or drive",
    "C:x": "a path or drive",
    "x:stream": "a path or drive",
    "\\\\server\\share": "a path or drive",
    "a?b": "a path or drive",
    "CON": "a device on Windows",
    "nul.csv": "a device on Windows",
    "com1": "a device on Windows",
    "LPT9.tar.gz": "a device on Windows",
    "x ": "a space or dot at its end",
    " x": "a space or dot at its end",
    "x.": "a space or dot at its end",
    "x\n": "can't be printed",
    "\x1b[2J": "can't be printed",
    "a\0b": "can't be printed",
    "a\u202eb": "can't be printed",
    "caf\udce9": "can't be printed",
    "x" * (MAX_BYTES + 1): "201 bytes long",
    "胸" * 67: "201 bytes long",
}

PLAIN = [
    "test2",
    "own",
    "hospital B",
    "médecine",
    "胸部",
    "x" * MAX_BYTES,
    "a.b",
    ".hidden",
    "~",
    "$HOME",
    "-rf",
    "console",
    "common",
    "lpt",
    "P001 (2)",
    "a,b",
    "a'b",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_more_than_a_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="split can't be a file name") as caught:
        place_in(tmp_path, name, what="split", where="train.csv, line 2")
    assert HOSTILE[name] in str(caught.value.found)
    assert caught.value.where == "train.csv, line 2"
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_name_is_kept(name: str, tmp_path: Path) -> None:
    assert place_in(tmp_path, name) == tmp_path / name
    (tmp_path / name).write_text("it can be made")


@pytest.mark.parametrize("name", [*HOSTILE, *PLAIN])
def test_any_name_has_a_file_name(name: str, tmp_path: Path) -> None:
    """Which place_in takes, which can be written, and which is the same each time."""
    made = name_for(name, "-slice-7.json")
    path = place_in(tmp_path, made)
    path.write_text("it can be made")
    assert [p.name for p in tmp_path.iterdir()] == [made] == [name_for(name, "-slice-7.json")]
    assert len(made.encode()) <= MAX_BYTES
    assert not made.startswith(".")


def test_changed_names_stay_apart() -> None:
    names = [*HOSTILE, *PLAIN, "../y", "x" * 400, "x" * 401, ".", "%2E"]
    assert len({same_file_name(name_for(name)) for name in names}) == len(set(names))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """However it is named; a link within the folder, and a linked folder itself, are the user's."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    outside.mkdir()
    (folder / "real").mkdir(parents=True)
    (folder / "out").symlink_to(outside)
    (folder / "up").symlink_to("..")
    (folder / "in").symlink_to("real")
    for name in ("out", "up"):
        with pytest.raises(DataError, match="a link leads out of the folder"):
            place_in(folder, name, "x.csv")
        with pytest.raises(DataError, match="a link leads out of the folder"):
            folder_in(folder, name)
    assert place_in(folder, "in", "x.csv") == folder / "in" / "x.csv"
    assert folder_in(folder, "in") == folder / "in"
    (tmp_path / "linked").symlink_to(folder)
    assert place_in(tmp_path / "linked", "real", "x.csv").parent.is_dir()


CASES = [
    "P001",
    "p001",
    "x" * 210,
    "x" * 209 + "y",
    "例" * 80,
    "a/b",
    "..",
    ".",
    "",
    "a\0b",
    "." * 99,
]


def test_keys_differ_and_fit() -> None:
    names = [key_for(case) for case in CASES]
    assert len({name.lower() for name in names}) == len(CASES)
    assert all(len(name.encode()) < 200 and name.isprintable() for name in names)
    assert not any(set("/.\\") & set(name) for name in names)


def test_links_that_lead_to_each_other_are_one_error(tmp_path: Path) -> None:
    """`Path.resolve` raises RuntimeError for them before Python 3.13."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.symlink_to(two)
    two.symlink_to(one)
    for folder in (one, one / "deeper"):
        assert real_path(folder).is_absolute()
        with pytest.raises(DataError, match="can't write file"):
            write_text(place_in(folder, "a.csv"), "x")
    with pytest.raises(DataError, match="leads out"):
        folder_in(tmp_path / "other", "..", "one")
    inside = tmp_path / "store"
    inside.mkdir()
    (inside / "scans").symlink_to(one)
    with pytest.raises(DataError, match="leads out"):
        folder_in(inside, "scans")
