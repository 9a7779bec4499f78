"""The options by which a command works on a Dask cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spgc.errors import UsageError
from spgc.jobs.cluster import DaskAddress

DaskOption = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        show_default=False,
        help="Work on the Dask cluster with this scheduler, e.g. tls://host:8786, instead of "
        "--jobs. All its workers must see every folder at the same path. It can run any program as "
        "you: name only a cluster that you trust.",
    ),
]
DaskTlsOption = Annotated[
    Path | None,
    typer.Option(
        "--dask-tls",
        metavar="FOLDER",
        show_default="Dask's own configuration",
        help="Folder with ca.pem, cert.pem and key.pem for a tls:// address.",
    ),
]
DaskInsecureOption = Annotated[
    bool,
    typer.Option(
        "--dask-insecure",
        help="Allow an unencrypted tcp:// address of another machine: anyone who can reach it can "
        "run programs as you.",
    ),
]


def cluster_named(dask: str | None, tls: Path | None, *, insecure: bool) -> DaskAddress | None:
    """The cluster that the options name. Raises UsageError for the others without an address."""
    if dask is not None:
        return DaskAddress(dask, tls, insecure)
    if tls is not None or insecure:
        raise UsageError("--dask-tls and --dask-insecure go with --dask", expected="--dask ADDRESS")
    return None
