"""What can be given once is refused when it is given twice, in every command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup

from spgc.cli.app import app
from spgc.cli.lazy_commands import whole_group
from tests.cli.conftest import Spgc


def commands(group: TyperGroup, words: tuple[str, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Words and command of every command."""
    for name, command in group.commands.items():
        yield (*words, name), command
        if isinstance(command, TyperGroup):
            yield from commands(command, (*words, name))


COMMANDS = dict(commands(whole_group(app)))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_option_of_one_value(words: tuple[str, ...], spgc: Spgc) -> None:
    """A second one is an error of one line, exit code 2, before its value is looked at."""
    for option in COMMANDS[words].params:
        if option.param_type_name != "option" or option.is_flag or option.multiple:
            continue
        name = max(option.opts, key=len)
        ran = spgc(*words, name, "1", name, "2")
        assert f"option {name} given twice" in ran.err
        assert (ran.code, ran.err.count("\n"), ran.out) == (2, 1, "")


def test_what_takes_many_takes_two(spgc: Spgc) -> None:
    for words in (("explain", "P1", "--slice", "1", "--slice", "2"), ("data", "check", "a", "b")):
        ran = spgc(*words, *(["--model", "nowhere"] if words[0] == "explain" else []))
        assert (ran.code > 0, "given twice" in ran.err) == (True, False)


def test_a_switch_may_be_repeated_but_not_contradicted(spgc: Spgc) -> None:
    ran = spgc("example", "--split", "test1", "--force", "--force")
    assert (ran.code, ran.err) == (0, "")
    ran = spgc("view", "P001", "--show", "--no-show")
    assert (ran.code, "option --show given twice" in ran.err) == (2, True)


def test_in_any_spelling_and_before_anything_is_read(spgc: Spgc) -> None:
    for given in (["-o", "a", "--out", "b"], ["--out=a", "-ob"]):
        ran = spgc("predict", *given, "--data", "nowhere")
        assert (ran.code, "option --out given twice" in ran.err) == (2, True)
    ran = spgc("score", "a.csv", "--split", "val", "--split", "test1", "--json")
    assert (ran.code, '"what": "option --split given twice"' in ran.out) == (2, True)


def test_an_option_of_the_system_said_twice(spgc: Spgc) -> None:
    given = ["--option", "epochs=1", "--option", "epochs=2"]
    ran = spgc("train", *given, "--data", "nowhere")
    assert (ran.code, "option epochs given twice" in ran.err) == (2, True)
