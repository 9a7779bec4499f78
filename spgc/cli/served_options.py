"""Arguments that the commands below `spgc serve` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ServedFile = Annotated[
    Path, typer.Argument(help="File that spgc serve init makes.", show_default=False)
]

PORT_HELP = "Port to listen at; 0 for a free one."
