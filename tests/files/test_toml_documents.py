"""TOML of strangers takes bounded time, and holds no number that can't be printed."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest

from spgc.challenge.challenge_file import read_challenge
from spgc.errors import DataError
from spgc.files.toml_documents import parse_toml
from spgc.phantoms.recipe import read_recipe
from tests.challenge.test_challenge_file import GOOD

MANY = "." * 101
KEY = "a" + ".a" * 50_000

OPEN = [
    f'x = "{MANY}' + '\\"' * 120_000,
    f'x = """{MANY}' + '""a' * 80_000,
    f"x = '''{MANY}" + "''a" * 80_000,
    f'x = "{MANY}' + "\\" * 240_001,
    MANY + "\"'" * 120_000,
]
"""Texts that are begun again and again and never closed."""

HIDDEN = [
    f'y = [ """\n \' """, {{{KEY} = 1}} ] # \'',
    f'x = ["""a"""", {{{KEY} = 1}}]',
    f"x = ['''a'''''', {{{KEY} = 1}}]",
    f"x = '''a''' # '''\n{KEY} = 1",
]
"""Keys of many parts beside signs that look like the beginning of a text."""


@pytest.mark.parametrize("text", OPEN + HIDDEN, ids=range(len(OPEN + HIDDEN)))
def test_no_text_of_a_few_hundred_kilobytes_takes_long(text: str) -> None:
    start = time.process_time()
    with pytest.raises(tomllib.TOMLDecodeError):
        parse_toml(text)
    assert time.process_time() - start < 3


TEXTS = ['a = "{}"', "a = '{}'", 'a = """\n{}"""', "a = '''{}\n'''", "#{}"]


@pytest.mark.parametrize("text", TEXTS)
def test_dots_of_texts_are_no_key(text: str) -> None:
    text = text.format(MANY)
    assert parse_toml(text) == tomllib.loads(text)


LONG = "0x" + "f" * 6000


@pytest.mark.parametrize("value", [LONG, f"[[{LONG}]]", f"{{a = {LONG}}}", f"-{2**63 + 1}"])
def test_numbers_of_more_than_64_bits_are_refused(value: str, tmp_path: Path) -> None:
    """Python refuses to print one of 4300 digits: any error about it was a traceback."""
    path = tmp_path / "challenge.toml"
    path.write_text(GOOD.replace("format = 1", f"format = {value}"))
    with pytest.raises(DataError, match="challenge file can't be read"):
        read_challenge(path)
    path.write_text(f"[sizes.tiny]\npixels = {value}")
    with pytest.raises(DataError, match="recipe can't be read"):
        read_recipe(path)


def test_the_largest_numbers_of_toml_are_read() -> None:
    assert parse_toml(f"a = {2**63 - 1}\nb = {-(2**63)}") == {"a": 2**63 - 1, "b": -(2**63)}
