"""Every table that spgc writes as LaTeX compiles, and none is wider than the text of an article."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import spgc
from spgc.data.manifests import Manifest
from spgc.files.shipped import leaderboard_dir
from spgc.paper.reproduced_tables import outcome_latex
from spgc.text.latex import latex_file, latex_table
from tests.paper.test_reproduced_tables import outcome

LATEX = shutil.which("pdflatex")
NAMES = (r"a_b & c%$#^~{x}\input{y}", 'Größe "Łódź" – 100 %', "‘−±·×→≥≤▶’…", "[best] team")


def boards(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """The published board with a file added, and one of files with awkward names."""
    answers = leaderboard_dir() / "answers" / "thesaviours"
    three = [answers / f"test{n}.csv" for n in (1, 2, 3)]
    yield "published", spgc.leaderboard(three, split="all", honest=True).to_latex()
    truth = {case.case_id: case.label for case in manifest.split("test2")}
    own = spgc.leaderboard(dict.fromkeys(NAMES, truth), truth=truth, honest=True)
    yield "own", own.to_latex()


def texts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Each LaTeX text that a command writes, with a name."""
    answers = leaderboard_dir() / "answers" / "thesaviours"
    yield "score", spgc.score([answers / f"test{n}.csv" for n in (1, 2, 3)]).to_latex()
    yield from boards(manifest)
    for name in ("table1", "table4", "table5"):
        yield name, outcome_latex(outcome(name, synthetic=True))


def compiled(text: str, folder: Path) -> str:
    """What pdflatex says of an article with `text` and the packages that it names."""
    packages = re.findall(r"^% (\\usepackage.*)$", text, re.MULTILINE)
    lines = [r"\documentclass{article}", *packages, r"\begin{document}", text, r"\end{document}"]
    (folder / "page.tex").write_text("\n".join(lines), encoding="utf-8")
    call = [
        str(LATEX),
        "-interaction=nonstopmode",
        "-halt-on-error",
        "-no-shell-escape",
        "page.tex",
    ]
    ran = subprocess.run(call, cwd=folder, capture_output=True, check=False)
    said = ran.stdout.decode("latin-1")
    assert ran.returncode == 0, said[-2000:]
    return said


@pytest.mark.skipif(LATEX is None, reason="needs pdflatex (texlive-latex-recommended)")
def test_every_table_compiles_and_fits(manifest: Manifest, tmp_path: Path) -> None:
    for name, text in texts(manifest):
        said = compiled(text, tmp_path)
        assert "Overfull" not in said, name
        assert "Missing character" not in said, name


def test_signs_that_pdflatex_lacks_are_named() -> None:
    plain = latex_file([latex_table("T", ("Größe", "−"), [("Łódź", "±")], ("left", "left"))])
    assert "LuaLaTeX" not in plain
    foreign = latex_file([latex_table("T", ("名", "x"), [("ж", "1")], ("left", "left"))])
    assert "% pdfLaTeX lacks ж名: use LuaLaTeX or XeLaTeX" in foreign.splitlines()
