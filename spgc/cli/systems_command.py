"""`spgc systems`: which challenge systems are installed, and what each takes."""

from __future__ import annotations

from typing import Annotated

import typer

from spgc.cli import completions, console
from spgc.cli.shared_options import SystemOptions
from spgc.contract.system import Options, System
from spgc.errors import UsageError
from spgc.report.systems_tables import (
    system_document,
    system_parts,
    systems_document,
    systems_table,
)
from spgc.systems.options import split_pairs
from spgc.systems.registry import listing, system_named


def systems(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Show the options of this system.",
            autocompletion=completions.systems,
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Run the conformance suite on this system; trains it several times."
        ),
    ] = False,
    option: SystemOptions = None,
    json_out: console.JsonFlag = False,
) -> None:
    """List the installed systems, including those of other packages, or one system's options.

    A system that can't be loaded is listed with the reason; the exit code stays 0.

    --check runs the conformance suite: it trains the system about eight times on nine small
    phantoms and checks every rule of the contract (docs/own-system.md). Use --option for a small
    training: seconds instead of hours. Exit code 1 if a check fails.

    [bold]Examples[/]

      spgc systems

      spgc systems density

      spgc systems --json

      spgc systems density --check
    """
    console.set_mode(json_out=json_out)
    _refuse_without(name, check=check, option=option)
    if name is not None and check:
        _check(name, option or [], json_out=json_out)
    elif name is None:
        _list(json_out=json_out)
    else:
        _one(name, json_out=json_out)


def _refuse_without(name: str | None, *, check: bool, option: list[str] | None) -> None:
    """Raise UsageError for flags that would do nothing."""
    if check and name is None:
        raise UsageError("no system to check", do="spgc systems NAME --check")
    if option and not check:
        raise UsageError("--option belongs to --check", do="spgc systems NAME --check --option ...")


def _check(name: str, pairs: list[str], *, json_out: bool) -> None:
    """One line for each check as soon as it is done; exit code 1 when one failed."""
    # They draw phantoms with an extra that a list of systems does without.
    from spgc.systems.conformance import Report, Trial
    from spgc.systems.conformance.suite import run_checks

    kind, options, results = system_named(name), split_pairs(pairs), []
    _refuse_wrong_options(kind, options)
    console.say(f"Training {name} about eight times on nine phantoms of 6 or 7 slices.")
    with Trial(kind, options) as trial:
        for result in run_checks(trial):
            results.append(result)
            mark = "FAILED" if result.status == "failed" else result.status
            line = f"{mark:8}{result.name}"
            console.show_text(f"{line}: {result.found}" if result.found else line)
    report = Report(name, tuple(results))
    if json_out:
        console.show_json({"schema": "spgc-conformance/1", **report.as_dict()})
    seconds = sum(result.seconds for result in results)
    failed, done = len(report.failures), len(results)
    console.say(f"{failed} of {done} checks failed, {seconds:.0f} s.")
    if failed:
        raise typer.Exit(1)


def _refuse_wrong_options(kind: type[System], options: Options) -> None:
    """Raise UsageError for options that are wrong: the user's fault, not the system's."""
    try:
        kind.create(options)
    except UsageError:
        raise
    except Exception:
        return  # the checks say it, with what the contract asks for


def _list(*, json_out: bool) -> None:
    found = listing()
    if json_out:
        console.show_json(systems_document(found))
        return
    console.show(systems_table(found))
    console.say("spgc systems NAME lists a system's options; spgc train --system NAME trains it.")


def _one(name: str, *, json_out: bool) -> None:
    kind = system_named(name)
    if json_out:
        console.show_json(system_document(name, kind))
        return
    console.show_all(system_parts(name, kind))
    console.say(f"spgc train --system {name} --option NAME=VALUE", command=True)
