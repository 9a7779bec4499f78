"""Write the table of all systems into docs/systems.md, and their comparison into reproduce.md.

    python benchmarks/systems_table.py                                    # after a change of code
    python benchmarks/systems_table.py --bench cnr-iemn.json winter.json  # spgc bench --json
    python benchmarks/systems_table.py --rivals runs/rivals/rivals.json   # spgc reproduce rivals

Figures are kept in docs/systems_measured.json; what is not given stays as it was. A test compares
the table with the code and that file. Of a comparison docs/reproduce.md gets all tables, from the
rivals.md beside the record.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from spgc.paper.rivals.system_rows import (
    MeasuredSystem,
    read_measured,
    systems_table,
    with_bench,
    with_rivals,
)

DOCS = Path(__file__).parents[1] / "docs"
PAGE, MEASURED = DOCS / "systems.md", DOCS / "systems_measured.json"
REPRODUCE = DOCS / "reproduce.md"
BEGIN, END = "<!-- table of benchmarks/systems_table.py: begin -->\n", "<!-- end -->\n"
OUTCOME = "<!-- outcome of spgc reproduce rivals: begin -->\n"


def insert(page: Path, begin: str, content: str) -> None:
    """Write `content` between `begin` and the next `END` of a page."""
    before, rest = page.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(END, 1)
    page.write_text(f"{before}{begin}{content}{END}{after}", encoding="utf-8")


def outcome(path: Path) -> str:
    """The tables of rivals.md without their first heading, the others two steps lower."""
    _, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    lines = text.splitlines()
    return "\n".join(f"##{line}" if line.startswith("## ") else line for line in lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--bench", nargs="+", type=Path, default=[])
    parser.add_argument("--rivals", type=Path)
    options = parser.parse_args()
    found = read_measured(MEASURED)
    for path in options.bench:
        document = json.loads(path.read_text(encoding="utf-8"))
        name = document["system"]
        found[name] = with_bench(found.get(name, MeasuredSystem()), document)
    if options.rivals:
        found = with_rivals(found, json.loads(options.rivals.read_text(encoding="utf-8")))
    content = {name: dataclasses.asdict(one) for name, one in sorted(found.items())}
    MEASURED.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    table = systems_table(found)
    insert(PAGE, BEGIN, table + "\n")
    if options.rivals:
        insert(REPRODUCE, OUTCOME, outcome(options.rivals.with_suffix(".md")))
    print(table)


if __name__ == "__main__":
    main()
