"""Foreign text is printed on one line, without a sign that acts on the terminal or hides."""

import unicodedata

import pytest

from spgc.errors import DataError
from spgc.text.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("P002", "P002"),
        ("Dr. Müller, 患者 7, [bold]x[/]", "Dr. Müller, 患者 7, [bold]x[/]"),
        (r"C:\scans\new", r"C:\scans\new"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x9b2J\x07\x00\x7f", r"\x9b2J\x07\x00\x7f"),
        ("safe\u202egnp.exe", r"safe\u202egnp.exe"),
        ("\u2066x\u2069", r"\u2066x\u2069"),
        ("T2\u200b-001\ufeff", r"T2\u200b-001\ufeff"),
        ("T2-001\u00a0", r"T2-001\xa0"),
        ("bad\udcff", r"bad\udcff"),
        ("\u3164\u2028\U000e0041", r"\u3164\u2028\U000e0041"),
    ],
)
def test_what_does_not_show_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_nothing_of_all_unicode_gets_through() -> None:
    out = "".join(printable(chr(code)) for code in range(0x110000))
    assert out.encode("utf-8").decode("utf-8") == out
    assert not {unicodedata.category(sign) for sign in out} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_errors_are_one_printable_line() -> None:
    error = DataError("bad\nname", where="a\x1b[2Jb", found="\u202ex")
    assert str(error) == r"bad\nname [a\x1b[2Jb]: found \u202ex"
