"""Which systems there are: those of spgc and those that installed packages bring.

A package brings a system by an entry point in the group `spgc.systems`: its name is the system's,
its value the class. Nothing is imported until a system is asked for, and a package that can't be
imported stops nothing but its own system.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from spgc.contract.offers import Registered, registered
from spgc.contract.system import NO_OPTIONS, Options, RunSettings, System, lacking
from spgc.errors import MissingExtraError, ModelError, UsageError
from spgc.jobs.extras import explained
from spgc.model.document import read_document

DEFAULT = "cnr-iemn"

_PACKAGE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,98}")


@dataclass(frozen=True)
class ListedSystem:
    """A line of `spgc systems`: `summary` where the system loads, `problem` where it doesn't.

    `lacking`: the problem is no more than an extra that is not installed.
    """

    name: str
    package: str
    version: str
    summary: str | None
    problem: str | None
    lacking: bool = False


def system_named(name: str) -> type[System]:
    """The class of the system called `name`.

    Raises UsageError when there is none, MissingExtraError when it needs an extra that is absent,
    ModelError when its package can't be imported or the class does not keep the contract.
    """
    offers = [offer for offer in registered() if offer.name == name]
    if not offers:
        known = [offer.name for offer in registered()]
        near = get_close_matches(name, known, n=1)
        raise UsageError(
            "unknown system",
            found=repr(name),
            expected=" | ".join(known),
            do=f"did you mean {near[0]!r}?" if near else "install the package that brings it",
        )
    return _import(offers[0])


def _import(offer: Registered) -> type[System]:
    if offer.problem:
        raise _broken(offer, offer.problem)
    try:
        kind = offer.entry.load()
    except MissingExtraError:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, ImportError) and (missing := explained(error)):
            raise missing from error
        # Any line of a foreign package may have failed; its own words say most.
        raise _broken(offer, f"{type(error).__name__}: {str(error) or 'no message'}") from error
    absent = lacking(kind)
    if not inspect.isclass(kind) or absent:
        found = f"lacks {', '.join(absent)}" if absent else "is no class"
        raise _broken(offer, f"{offer.entry.value} {found}")
    system = cast("type[System]", kind)
    if system.name != offer.name:
        raise _broken(offer, f"its class calls itself {system.name!r}")
    return system


def _broken(offer: Registered, found: str) -> ModelError:
    first = found.strip().splitlines()[0] if found.strip() else found
    return ModelError(
        f"system {offer.name} can't be loaded",
        where=f"package {offer.package} {offer.version}",
        found=first,
        do=f"update or uninstall {offer.package}",
    )


def listing() -> list[ListedSystem]:
    """Every system with what came of importing it."""
    return [_listed(offer) for offer in registered()]


def _listed(offer: Registered) -> ListedSystem:
    summary, problem, lacking = None, None, False
    try:
        summary = str(_import(offer).summary).splitlines()[0]
    except ModelError as error:
        problem = error.found
    except MissingExtraError as error:
        problem, lacking = f"needs {error.do}", True
    return ListedSystem(offer.name, offer.package, offer.version, summary, problem, lacking)


def load_system(
    folder: Path, run: RunSettings | None = None, options: Options = NO_OPTIONS
) -> System:
    """The trained system in a model folder, whichever it is.

    Raises ModelError when the folder is no model, or of a system that is not installed.
    """
    document = read_document(folder)
    name = str(document["system"])
    if name not in {offer.name for offer in registered()}:
        raise _not_installed(folder, name, document)
    return system_named(name).load(folder, run, options)


def _not_installed(folder: Path, name: str, document: Mapping[str, Any]) -> ModelError:
    package = document.get("package")
    do = "install the package that brings it"
    if isinstance(package, str) and _PACKAGE_NAME.fullmatch(package):
        trained = (document["versions"] or {}).get(package)
        do = f"install the package {package}" + (f" (trained with {trained})" if trained else "")
        do += ", if you trust where the model comes from"
    return ModelError(
        "model of a system that is not installed",
        where=folder,
        found=repr(name),
        expected=" | ".join(offer.name for offer in registered()),
        do=do,
    )
