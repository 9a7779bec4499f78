"""Style and script of the pages: two files, whose addresses hold the hash of their content."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from spgc.report.page.render import TEMPLATES

SITE = Path(__file__).parent / "templates"

_PARTS = {
    ("css", "text/css"): (TEMPLATES / "style.css", SITE / "site.css"),
    ("js", "text/javascript"): (SITE / "heads.js", TEMPLATES / "table.js", SITE / "upload.js"),
}
"""By ending and type: the report's own first, so that the pages look alike."""


@dataclass(frozen=True)
class Asset:
    """A file that pages load; address: where they find it."""

    address: str
    kind: str
    content: bytes


@cache
def assets() -> dict[str, Asset]:
    """Both by the ending of their name."""
    made = {}
    for (ending, kind), paths in _PARTS.items():
        content = b"\n".join(path.read_bytes() for path in paths)
        name = f"{sha256(content).hexdigest()[:16]}.{ending}"
        made[ending] = Asset(f"/static/{name}", kind, content)
    return made
