"""Write the table of all systems into docs/systems.md, with what was measured.

    python benchmarks/systems_table.py                                    # after a change of code
    python benchmarks/systems_table.py --bench cnr-iemn.json winter.json  # spgc bench --json
    python benchmarks/systems_table.py --rivals runs/rivals/rivals.json   # spgc reproduce rivals

Figures are kept in docs/systems_measured.json; what is not given stays as it was. A test compares
the document with the code and that file.
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
BEGIN, END = "<!-- table of benchmarks/systems_table.py: begin -->\n", "<!-- end -->\n"


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
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END, 1)
    table = systems_table(found)
    PAGE.write_text(f"{before}{BEGIN}{table}\n{END}{after}", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
