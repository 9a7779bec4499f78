"""Text in LaTeX is shown as it stands: nothing of it is a command, and no sign is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.text.latex import latex, latex_table


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("UniSheff_EEE", r"UniSheff\_EEE"),
        ("100 %", r"100 \%"),
        ("# 95%", r"\# 95\%"),
        ("77.9–99.2", "77.9--99.2"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("$x^2$", r"\$x\textasciicircum{}2\$"),
        ("a--b---c", "a-{}-b-{}-{}-c"),
        ("▶ mine", r"$\triangleright$ mine"),
        ("a\nb", "a\\textbackslash{}nb"),
    ],
)
def test_signs_of_latex_are_shown(text: str, written: str) -> None:
    assert latex(text) == written


@given(st.text(alphabet='\\{}$&#%_^~<>|`"-ab ', max_size=20))
def test_nothing_runs_and_nothing_is_lost(text: str) -> None:
    """Every special sign is escaped, and reading the escapes back gives the text."""
    written = latex(text)
    back = {
        r"\textbackslash{}": "\\",
        r"\textasciitilde{}": "~",
        r"\textasciicircum{}": "^",
        r"\textless{}": "<",
        r"\textgreater{}": ">",
        r"\textbar{}": "|",
        r"\char34{}": '"',
        r"\textasciigrave{}": "`",
        "-{}": "-",
        **{f"\\{sign}": sign for sign in "{}$&#%_"},
    }
    parts = re.compile("|".join(map(re.escape, sorted(back, key=len, reverse=True))))
    assert parts.sub(lambda found: back[found[0]], written) == text
    assert not re.search(r"[\\{}$&#%_^~<>|`\"]", parts.sub("", written))
    assert "--" not in written


def test_a_table_has_a_cell_for_each_column() -> None:
    text = latex_table("A & B", ("Team", "%"), [("x_y", "1"), ("a & b", "2")], ("left", "right"))
    lines = text.splitlines()
    assert lines[2] == r"\caption{A \& B}"
    assert r"\begin{tabular}{lr}" in lines
    rows = [line for line in lines if line.endswith(r"\\")]
    assert rows == [r"Team & \% \\", r"x\_y & 1 \\", r"a \& b & 2 \\"]
    assert lines[-1] == r"\end{table}"


@pytest.mark.parametrize("team", ["[2cm]", "*best", " [x]", "[", "*"])
def test_a_row_gives_nothing_to_the_end_of_the_one_above(team: str) -> None:
    r"""``\\[2cm]`` is a gap and ``\\*`` another end of a row: neither would be printed."""
    rows = latex_table("t", ("Team",), [("a",), (team,)], ("left",)).splitlines()
    assert f"{{}}{latex(team)} " + r"\\" in rows
