"""Sphinx: the documents as a site. `make docs` builds it from the root of a checkout, strictly."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive

from spgc.cli.app import NEEDS, PANELS, app
from spgc.cli.lazy_commands import whole_group
from spgc.version import __version__

project = "spgc"
release = version = __version__
html_title = "spgc"

# The source is the whole checkout: documents link to the leaderboard's and manifests' own pages.
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "README.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "leaderboard/*.md",
    "data_manifests/README.md",
]
exclude_patterns = ["docs/notebooks/**"]
templates_path = ["templates"]

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "pydata_sphinx_theme"
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
if address := os.environ.get("SPGC_REPOSITORY"):  # the workflow knows where the project lies
    html_theme_options["icon_links"] = [
        {"name": "Repository", "url": address, "icon": "fa-brands fa-github"}
    ]
project_copyright = "The spgc developers. Research software. Not for diagnosis."
html_sidebars = {"docs/index": []}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_additional_pages = {"index": "redirect.html"}
html_copy_source = False


class Commands(Directive):
    """A section for each command, in the groups of `spgc --help`."""

    def run(self) -> list[nodes.Node]:
        loaded = whole_group(app).commands
        return [
            section(f"{panel}", [command(name, loaded[name]) for name in names])
            for panel, names in PANELS.items()
        ]


def section(title: str, parts: list[nodes.Node]) -> nodes.section:
    return nodes.section("", nodes.title("", title), *parts, ids=[nodes.make_id(title)])


def command(name: str, loaded: Any) -> nodes.section:
    """Help text, options and worked examples of one command, and of those below it."""
    parts: list[nodes.Node] = []
    if extra := NEEDS[name].install or ",".join(NEEDS[name].extras) if name in NEEDS else "":
        parts.append(nodes.paragraph("", f"Needs spgc[{extra}]."))
    words = re.sub(r"\\\[", "[", loaded.help or "")
    text, _, examples = words.partition("[bold]Examples[/]")
    parts += [
        nodes.paragraph("", re.sub(r"\s+", " ", one)) for one in text.split("\n\n") if one.strip()
    ]
    if examples.strip():
        code = "\n".join(line.strip() for line in examples.splitlines() if line.strip())
        parts.append(nodes.literal_block(code, code, language="console"))
    if listed := list(options(loaded)):
        parts.append(table(listed))
    for below, inner in getattr(loaded, "commands", {}).items():
        parts.append(command(f"{name} {below}", inner))
    return section(f"spgc {name}", parts)


def options(loaded: Any) -> Iterator[tuple[str, str]]:
    """Names of each option and argument, with its help."""
    for one in loaded.params:
        if one.name == "help":
            continue
        names = ", ".join(one.opts) if one.opts[0].startswith("-") else one.name.upper()
        yield names, re.sub(r"\\\[", "[", getattr(one, "help", "") or "")


def table(rows: list[tuple[str, str]]) -> nodes.table:
    body = nodes.tbody()
    for names, words in rows:
        cells = (nodes.literal("", names), nodes.Text(words))
        body += nodes.row("", *(nodes.entry("", nodes.paragraph("", "", one)) for one in cells))
    widths = (nodes.colspec(colwidth=30), nodes.colspec(colwidth=70))
    return nodes.table("", nodes.tgroup("", *widths, body, cols=2))


def setup(app: Any) -> None:
    app.add_directive("commands", Commands)
