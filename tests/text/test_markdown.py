"""Foreign text in Markdown is shown as it stands: no link, picture, mention, emphasis or block."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from spgc.text.markdown import APART, code, item, plain, without_comments
from spgc.text.printable import printable

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

NASTY = [
    "![x](http://evil.example/a.png)",
    "[click](javascript:b) [a][b] <http://evil.example>",
    "[click](http:evil.example) _a_.csv",
    "_a_ __b__ *c* **d** ~~e~~ ~f~ `g` ``h`` my_own_file.csv a*b*c",
    "<b>x</b> <img src=x onerror=y> &lt; &amp;#64; &copy;",
    "a | b || c \\| d \\\\| e \\",
    "C:\\new\\_x\\*y",
    "$x$ $$y$$ \\$z\\$ \\(a\\)",
    "@user @org/team me@example.org #1 o/r#2 GH-3",
    "www.evil.example http://evil.example HTTPS://evil.example ftp://a.b _http://c.d",
    "http:!-- x --> <!-- y --> <!---->",
    ":smile: :+1:",
]

STARTS = [
    *("- a", "+ a", "* a", "1. a", "12) a", "> a", "# a", "## a", "===", "---", "***", "___"),
    *("```py", "~~~", "[a]: http://evil.example", "[ ] a", "#", "-", "1.", "* * *"),
]

LINKED = re.compile(r"@\w|#\w|GH-\d|www\.|(https?|ftp)://|:[\w+-]+:|\$.+\$", re.IGNORECASE)
"""What GitHub makes a link, a mention, an emoji or a formula of."""

SIGNS = st.text(st.sampled_from("ab1_*`~[]()!<>|\\&#@$:/.-+= ;w"), max_size=24)


def tokens(text: str) -> Iterator[Token]:
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def shown(text: str) -> str:
    """What a reader sees of Markdown that may hold text, code spans and our comments alone."""
    seen = ""
    for token in tokens(text):
        if token.type == "html_inline":
            assert token.content == APART
        elif token.type in ("text", "code_inline"):
            seen += token.content
        else:
            assert token.type in ALLOWED, (text, token.type)
    return seen


ALLOWED = {
    *("inline", "paragraph_open", "paragraph_close", "heading_open", "heading_close"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
    *(
        f"{part}_{end}"
        for part in ("table", "thead", "tbody", "tr", "th", "td")
        for end in ("open", "close")
    ),
}


def squeezed(text: str) -> str:
    """As printed, without spaces at the ends: Markdown does not keep them."""
    return printable(text).strip()


@pytest.mark.parametrize("text", [*NASTY, *STARTS])
def test_foreign_text_is_shown_as_it_stands(text: str) -> None:
    """In a list, a heading and a table's cell."""
    assert shown(item(text)).strip() == squeezed(text)
    assert shown(f"### Entry {plain(text)}: valid") == f"Entry {squeezed(text)}: valid"
    table = f"| a | b |\n|---|---|\n| {plain(text)} | c |"
    cells = [token.content for token in tokens(table) if token.type == "inline"]
    assert len(cells) == 4
    assert shown(table) == f"ab{squeezed(text)}c"


@pytest.mark.parametrize("text", [*NASTY, *STARTS])
def test_nothing_is_left_that_github_would_link(text: str) -> None:
    """It looks for these in the texts between two pieces of markup, escapes read already."""
    for token in tokens(item(text)):
        if token.type == "text":
            assert not LINKED.search(token.content)
    source = re.sub(r"&\w+;|&#\d+;", "", item(text).replace(APART, "\0"))
    assert not re.search(r"\$|www\.|(https?|ftp)://", source, re.IGNORECASE)


@given(SIGNS)
@settings(max_examples=400, deadline=None)
def test_whatever_signs_there_are(text: str) -> None:
    assert shown(item(text)).strip() == squeezed(text)
    assert shown(f"x {plain(text)} y") == f"x {printable(text)} y".replace("\n", "") or not text


@given(SIGNS)
@settings(max_examples=200, deadline=None)
def test_a_code_span_holds_whatever_it_is_given(text: str) -> None:
    assert shown(f"x {code(text)} y").split() == f"x {text} y".split()


def test_plain_names_stay_as_they_are() -> None:
    """A terminal shows the source."""
    for name in ("UniSheff_EEE", "TheSaviours *", "a.csv, line 3: found x", "T2-001", "C:\\a", "é"):
        assert plain(name) == name
    assert item("a (b)!") == "- a (b)!"


def test_a_page_that_links_nothing_shows_no_comment() -> None:
    assert without_comments(plain("@user #1")) == "@user #1"
