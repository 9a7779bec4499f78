"""Calls for organisers, kits, audits and systems give what their commands give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import spgc
from tests.api.test_same_as_commands import document, plain, shows
from tests.cli.conftest import Spgc
from tests.cli.conftest import spgc as command

cli = command

LABELS = {f"f{number:02d}": ("rose", "tulip", "lily")[number % 3] for number in range(60)}
TITLE = {"title": "Flowers"}


def below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write(path: Path, labels: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Study,Label\n" + "".join(f"{c},{label}\n" for c, label in labels.items()))
    return path


@pytest.fixture
def labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(Path("labels.csv"), LABELS)


@pytest.fixture
def flowers(labels: Path) -> Path:
    return spgc.make_challenge("flowers", labels, **TITLE).folder


def test_make_challenge(labels: Path, cli: Spgc) -> None:
    """The same files, for participants and for organisers."""
    shared: Any = {"public_share": 0.3, "seed": 2}
    made = spgc.make_challenge("flowers", labels, **TITLE, **shared)
    ours = below(made.folder)
    made.folder.rename("ours")
    words = ("--labels", labels, "--title", "Flowers", "--public-share", 0.3, "--seed", 2)
    assert plain(made) == document(cli, "challenge", "init", "flowers", *words)
    assert below(Path("flowers")) == ours
    assert [row["set"] for row in made._rows()] == ["public", "private"]
    shows(made)


@pytest.mark.parametrize("share", [-0.1, 0.95, float("nan"), "much"])
def test_a_share_that_cannot_be_shown(share: Any, labels: Path) -> None:
    with pytest.raises(spgc.UsageError, match="public_share"):
        spgc.make_challenge("flowers", labels, public_share=share)
    assert not Path("flowers").exists()


def test_check_challenge_and_its_page(flowers: Path, cli: Spgc) -> None:
    good = spgc.check_challenge(flowers)
    assert good
    assert plain(good) == document(cli, "challenge", "check", flowers)
    shows(good)
    page = spgc.challenge_page(flowers)
    assert page == cli("challenge", "page", flowers).out
    assert spgc.challenge_page(good.challenge) == page
    write(flowers / "public" / "hint.csv", LABELS)
    bad = spgc.check_challenge(flowers)
    assert not bad
    assert plain(bad) == document(cli, "challenge", "check", flowers, code=1)
    assert bad._rows()[0]["weight"] in ("wrong", "doubtful", "fact")


def test_rank_teams(flowers: Path, cli: Spgc) -> None:
    """The same boards on the screen and on disk; a refused file stops nobody."""
    write(Path("sent/ada.csv"), LABELS)
    write(Path("sent/bob.csv"), LABELS | {"f00": "lily"})
    Path("sent/eve.csv").write_text("nothing\n")
    result = spgc.rank_teams("sent", flowers, out="ours")
    words = ("challenge", "score", "sent", "--challenge", flowers)
    assert plain(result) == document(cli, *words, "--out", "theirs", code=1)
    assert below(Path("ours")) == below(Path("theirs"))
    assert [path.name for path in result.files] == ["board.html", "board.csv"]
    assert [(row["team"], row["right"]) for row in result._rows()] == [("ada", 60), ("bob", 59)]
    assert [one.file for one in result.refused] == ["sent/eve.csv"]
    printed = cli(*words).out.rstrip("\n").split("\n")
    assert str(result).split("\n") == [line.rstrip() for line in printed]
    shows(result)
    assert spgc.rank_teams("sent", flowers).files == ()


def test_kits(flowers: Path, cli: Spgc) -> None:
    made = spgc.make_kit("gradescope", flowers, "ours")
    assert plain(made) == document(cli, "kit", "gradescope", flowers, "-o", "theirs")
    assert below(Path("ours")) == below(Path("theirs"))
    assert {row["audience"] for row in made._rows()} == {"public", "private"}
    shows(made)
    with pytest.raises(spgc.UsageError):
        spgc.make_kit("gradescope", flowers, "ours")
    for path in Path("ours").rglob("*.csv"):
        if path.parent.name == "public":
            path.write_text("Study,Label\n" + "".join(f"{c},{k}\n" for c, k in LABELS.items()))
    found = spgc.check_kit("ours")
    assert not found
    assert plain(found) == document(cli, "kit", "check", "ours", code=1)
    shows(found)


def test_a_model_kit_of_no_model(tmp_path: Path, cli: Spgc) -> None:
    with pytest.raises(spgc.ModelError) as caught:
        spgc.make_kit("algorithm", tmp_path / "none", tmp_path / "kit")
    ran = cli("kit", "algorithm", tmp_path / "none", "-o", tmp_path / "kit")
    assert str(caught.value) in ran.err
    assert not (tmp_path / "kit").exists()


def test_audit_board(cli: Spgc, tmp_path: Path) -> None:
    result = spgc.audit_board()
    assert plain(result) == document(cli, "leaderboard", "audit")
    assert str(result).split() == cli("leaderboard", "audit").out.split()
    assert not result
    assert len(result._rows()) == len(result.findings)
    shows(result)
    for sizes in ([35, -1, 35], ["35", 20, 35], [35.0, 20, 35]):
        with pytest.raises(spgc.UsageError, match="sizes is not a list of numbers of scans"):
            spgc.audit_board(tmp_path / "a.csv", sizes=sizes)  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["bibtex", "text"])
def test_cite(form: str, cli: Spgc) -> None:
    assert spgc.cite(form) == cli("cite", "--format", form).out
    with pytest.raises(spgc.UsageError, match="unknown form"):
        spgc.cite("endnote")


def test_systems(cli: Spgc) -> None:
    result = spgc.list_systems()
    assert plain(result) == document(cli, "systems")
    shows(result)
    if not result.names:
        return  # a light install has none that loads
    name = "density" if "density" in result.names else result.names[0]
    one = spgc.describe_system(name)
    assert plain(one) == document(cli, "systems", name)
    assert [row["option"] for row in one._rows()] == [*one.options]
    shows(one)
