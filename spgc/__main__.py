"""The `spgc` command; `python -m spgc` where no script is on the path, as under torchrun."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Load the command line and run it; Ctrl-C before it hears signals ends in one line as well."""
    try:
        from spgc.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.stderr.flush()
        os._exit(130)


if __name__ == "__main__":
    main()
