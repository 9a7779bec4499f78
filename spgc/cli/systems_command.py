"""`spgc systems`: which challenge systems are installed, and what each takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from spgc.cli import completions, console
from spgc.cli.shared_options import SystemOptions
from spgc.contract.offers import provider
from spgc.contract.system import Options, System
from spgc.errors import UsageError
from spgc.systems.options import split_pairs
from spgc.systems.registry import ListedSystem, listing, system_named


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
        systems = [_as_dict(line) for line in found]
        console.show_json({"schema": "spgc-systems/1", "systems": systems})
        return
    _table(
        ("System", "Package", "Status", "Description"),
        [
            (
                line.name,
                f"{line.package} {line.version}",
                _status(line),
                line.problem or line.summary or "",
            )
            for line in found
        ],
    )
    console.say("spgc systems NAME lists a system's options; spgc train --system NAME trains it.")


def _one(name: str, *, json_out: bool) -> None:
    kind = system_named(name)
    options = dict(kind.options())
    if json_out:
        console.show_json(
            {
                "schema": "spgc-system/1",
                "name": name,
                "package": provider(name),
                "summary": kind.summary,
                "learns_unlabelled": kind.learns_unlabelled,
                "options": options,
            }
        )
        return
    console.show_text(f"{name}: {kind.summary}")
    if kind.learns_unlabelled:
        console.show_text("Can also learn from unlabelled scans (--unlabelled SPLIT).")
    _table(("Option", "Value"), list(options.items()))
    console.say(f"spgc train --system {name} --option NAME=VALUE", command=True)


def _status(line: ListedSystem) -> str:
    if line.lacking:
        return "not installed"
    return "broken" if line.problem else "loads"


def _as_dict(line: ListedSystem) -> dict[str, Any]:
    return {
        "name": line.name,
        "package": line.package,
        "version": line.version,
        "loads": line.problem is None,
        "summary": line.summary,
        "problem": line.problem,
    }


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for title in header:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, "red" if cell == "broken" else "") for cell in row))
    console.show(table)
