"""The pages of a challenge on EvalAI, as the HTML that it takes."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from spgc.challenge.definition import Challenge
from spgc.kits.evalai_boards import EvalaiBoard, evalai_boards
from spgc.kits.evalai_config import PAGES, PHASE_PAGE
from spgc.organising.participants_page import ranking_facts
from spgc.text.printable import printable


def evalai_pages(challenge: Challenge, cases: int) -> dict[str, str]:
    """Text by name of the file; cases: that a submission has to answer."""
    title = _paragraph(challenge.title)
    form = _form(challenge, cases)
    made = {
        "description": [title, *_classes(challenge)],
        "evaluation_details": _evaluation(challenge),
        "terms_and_conditions": [_paragraph("Send your own predictions. One team is one account.")],
        "submission_guidelines": form,
    }
    pages = {PAGES[key]: blocks for key, blocks in made.items()} | {PHASE_PAGE: form}
    return {name: "\n".join(blocks) + "\n" for name, blocks in pages.items()}


def _form(challenge: Challenge, cases: int) -> list[str]:
    first, second, *_ = challenge.written.values()
    example = f"Study,Label\nCASE-1,{first}\nCASE-2,{second}"
    return [
        _paragraph(f"Send one CSV file with one row for each of the {cases} cases, in this form:"),
        f"<pre>{escape(example)}</pre>",
        _paragraph("A file that is refused does not count, and its log says why. Check it first:"),
        "<pre>pip install spgc\nspgc validate submission.csv --challenge challenge.toml</pre>",
    ]


def _classes(challenge: Challenge) -> list[str]:
    named = (
        ", also ".join([one.written, ", ".join(one.spellings)]) if one.spellings else one.written
        for one in challenge.classes
    )
    return ["<h3>Classes</h3>", _list(named)]


def _evaluation(challenge: Challenge) -> list[str]:
    return [
        _list(ranking_facts(challenge)),
        _paragraph(
            "During the challenge EvalAI lists the best submission of each team. The error of each "
            "number is half of the width of its 95 % interval."
        ),
        "<h3>Boards</h3>",
        _list(map(_board, evalai_boards(challenge))),
    ]


def _board(board: EvalaiBoard) -> str:
    shown = "shown during the challenge" if board.shown else "shown at the end"
    return f"{board.title}: {shown}"


def _paragraph(text: str) -> str:
    return f"<p>{escape(printable(text))}</p>"


def _list(texts: Iterable[str]) -> str:
    return "\n".join(["<ul>", *(f"<li>{escape(printable(one))}</li>" for one in texts), "</ul>"])
