"""TLS and trust of a Dask cluster's connection: both ends run what the other one sends.

Dask pickles tasks, results and errors, and unpickling runs code. It has no form without: a
scheduler may send a pickle in any message, whatever serializers a client names
(distributed/protocol/core.py). So who can speak to the client, or for the scheduler, can do what
its user can; that must be a certificate's matter, not the network's.
"""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.errors import UsageError

if TYPE_CHECKING:
    from distributed import Security

CA, CERTIFICATE, KEY = TLS_FILES = ("ca.pem", "cert.pem", "key.pem")
"""What `--dask-tls` looks for in its folder: who signs for the cluster, and who we are."""

ENCRYPTED = ("tls", "wss")


def security_for(address: str, tls: Path | None, *, insecure: bool) -> Security:
    """How to connect to the scheduler at `address`.

    tls: folder with `TLS_FILES`; None for what Dask's own configuration says, distributed.comm.tls;
    insecure: connect without encryption to other machines. Raises UsageError for a connection to
    another machine that is not encrypted, unless asked for, and for missing certificates.
    """
    from distributed import Security
    from distributed.comm.addressing import parse_address

    scheme = parse_address(address)[0]
    if scheme not in ENCRYPTED:
        if tls is not None:
            raise UsageError(
                "certificates are for encrypted connections",
                found=address,
                expected="an address such as tls://host:8786",
            )
        if not insecure and not _on_this_machine(address):
            raise _unprotected(address)
        return Security()
    if tls is None:
        return _configured(address)
    missing = [name for name in TLS_FILES if not (tls / name).is_file()]
    if missing:
        raise UsageError(
            "the TLS folder lacks files",
            where=tls,
            found=f"no {', '.join(missing)}",
            expected=", ".join(TLS_FILES),
        )
    return Security(
        require_encryption=True,
        tls_ca_file=str(tls / CA),
        tls_client_cert=str(tls / CERTIFICATE),
        tls_client_key=str(tls / KEY),
    )


def _configured(address: str) -> Security:
    import dask
    from distributed import Security

    if not all(
        dask.config.get(f"distributed.comm.tls.{name}", None) for name in ("ca-file", "client.cert")
    ):
        raise UsageError(
            "no certificates for an encrypted connection",
            found=address,
            expected="--dask-tls FOLDER, or distributed.comm.tls in Dask's configuration",
        )
    return Security(require_encryption=True)


def _unprotected(address: str) -> UsageError:
    return UsageError(
        "this Dask cluster is on another machine and its connection is not protected: whoever can "
        "reach it can run programs as you, here and there",
        found=address,
        expected="tls://host:port with --dask-tls FOLDER",
        do="set up TLS (docs/parallel.md), or add --dask-insecure in a network of people you trust",
    )


def _on_this_machine(address: str) -> bool:
    """Whether all that the address's host stands for is a loopback address.

    An address without host and port, which Dask can't connect to either, passes: that error is
    told elsewhere.
    """
    from distributed.comm.addressing import parse_address, parse_host_port

    scheme, location = parse_address(address)
    if scheme == "inproc":
        return True
    try:
        host, _ = parse_host_port(location)
    except ValueError:
        return True
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):  # the latter of a part longer than names have
        return False
    return all(ipaddress.ip_address(place.partition("%")[0]).is_loopback for place in found)
