"""Printed commands on scans run on the phantom cohort; every other has its reason by name."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from spgc import train
from spgc.data.layout import Dataset
from spgc.data.manifests import Case, Manifest
from spgc.jobs.extras import has
from spgc.organising.new_challenge import NewChallenge, init
from tests.cli.conftest import Spgc
from tests.cli.test_printed_commands import printed, write
from tests.test_documents import DOCUMENTS, ROOT, ROOT_COMMAND, commands, helps

pytestmark = pytest.mark.skipif(not (has("ct") and has("report")), reason="needs spgc[ct,report]")

REASONS = {
    "a GPU": r"--device cuda",
    "a cluster or several machines": r"--dask|SLURM|^merge .*--out",
    "weights that everyone downloads": r"--lung-weights|--weights (~|imagenet|packaged|kinetics)",
    "networks: trains or runs them for minutes": r"^(bench|demo|explain|importance|quantise|"
    r"reproduce|train(?! --system density)|predict(?!.*--model density| --data ROOT)|"
    r"figure (6|13)|systems .*--check|view .*--volume|regress$|regress --full|"
    r"regress .*--model|report .*(--model|--data))",
    "a server or the kit of a platform: tests/serving, tests/kits": r"^(serve|submit|kit)",
    "the package that the page writes: tests/systems": r"lung-mean|--manifests phantoms",
    "a larger cohort: minutes": r"^phantom (cohort|FOLDER|phantoms)( |$)(?!.*tiny)",
    "seconds of simulation: test_challenge_command.py": r"^challenge budget",
    "half a minute of pictures: tests/paper/figures": r"^figure 11? ",
    "the page for a class, run by tests/organising/test_class_page.py": r" digits( |/|$)|digits-|"
    r"flowers --submission after",
    "another file of the reader's": r"ours\.json|regress .*--update|other-board|^report run",
    "the page for scans, run by test_printed_commands.py": r"--data scans|view syn-P001|"
    r"data (check|index) scans|phantom scans",
    "like another that is run": r"^(train --system density|predict --model density --split test2|"
    r"score a.csv b.csv)$|tiny$",
    "only named in a sentence": r"^\S+( \S+)?$|FILE|NAME|OPTION|DIR|SUBMISSIONS|--(help|out|truth|"
    r"json|classifier|slices|labels)$|leaderboard audit leaderboard|T2-004|--unlabelled",
}
"""Why a printed command is not run by a test as it is printed, with a pattern for such commands."""

RUN = (
    r"data (check|index|info)|preprocess|store check|view|challenge (init|check|score)|"
    r"challenge page|predict --data ROOT|regress covid-vr-val --submission|train --system density "
)
"""Commands on scans or challenges that take a second or two on the phantom cohort."""


def sentences() -> Iterator[tuple[str, ...]]:
    """Each command of the documents and of the help."""
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    for text in [*texts, *helps(ROOT_COMMAND)]:
        yield from map(tuple, commands(text))


def reason(line: str) -> str | None:
    return next((why for why, pattern in REASONS.items() if re.search(pattern, line)), None)


def runs() -> list[str]:
    """Printed commands on scans that are run here."""
    lines = {" ".join(f"'{w}'" if " " in w else w for w in words) for words in sentences()}
    return sorted(line for line in lines if re.match(RUN, line) and reason(line) is None)


def test_every_printed_command_is_run_or_has_a_reason() -> None:
    here, there = set(runs()), {" ".join(words) for words in printed()}
    left = {" ".join(words) for words in sentences()} - {line.replace("'", "") for line in here}
    assert sorted(line for line in left - there if reason(line) is None) == []


def test_every_reason_is_needed() -> None:
    lines = [" ".join(words) for words in sentences()]
    assert [why for why, one in REASONS.items() if not any(re.search(one, x) for x in lines)] == []


@pytest.fixture(scope="module")
def home(
    cohort: Path, dataset: Dataset, manifest: Manifest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A reader's home: the cohort as their data, a model, scans without manifests, a class."""
    home = tmp_path_factory.mktemp("home")
    (home / "COVID-CT-MD").symlink_to(cohort)
    for case in dataset.cases("val"):
        shutil.copytree(dataset.folders[case.case_id], home / "my-scans" / case.case_id)
    write(home / "labels.csv", labels_of(dataset.cases("val")))
    train(cohort, store=home / "spgc-store", model=home / "cnr-iemn", system="density")
    shutil.copy(ROOT / "leaderboard" / "answers" / "covid-vr" / "val.csv", home)
    (home / "class" / "submissions").mkdir(parents=True)
    ranked = [case for n in (1, 2, 3) for case in manifest.split(f"test{n}")]
    for name in ("labels", "submissions/ada", "submissions/ben"):
        write(home / "class" / f"{name}.csv", labels_of(ranked))
    init(home / "class" / "flowers", NewChallenge(home / "class" / "labels.csv", "Flowers"))
    return home


def labels_of(cases: Iterable[Case]) -> list[str]:
    return ["Study,Label", *(f"{case.case_id},{case.label}" for case in cases)]


def on_phantoms(line: str, home: Path, dataset: Dataset) -> str:
    """The command with the names that the cohort has in place of the challenge's."""
    case = next(case.case_id for case in dataset.cases("train"))
    for printed_name, name in {
        r"~/scans/P002": shlex.quote(str(dataset.folders[case])),
        r"\bP002\b": case,
        r"(data in\w+ .*)\bROOT": r"\1~/my-scans",
        r"\bROOT\b|~/spgc-data": "~/COVID-CT-MD",
        r"--slice 40 --slice 60": "--slice 2 --slice 4",
        r"--split test1 --split test2": "--split test2",
    }.items():
        line = re.sub(printed_name, name, line)
    return line.replace("~", str(home))


@pytest.mark.parametrize("line", runs())
def test_a_printed_command_on_scans_runs(
    line: str, home: Path, dataset: Dataset, spgc: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = home / "class" if line.startswith("challenge") else home
    monkeypatch.chdir(here)
    for name, place in (("DATA", "COVID-CT-MD"), ("STORE", "spgc-store"), ("MODEL", "cnr-iemn")):
        monkeypatch.setenv(f"SPGC_{name}", str(home / place))
    if made := {"challenge init": "flowers", "data index": "my-scans/manifests"}.get(
        " ".join(line.split()[:2])
    ):
        shutil.rmtree(here / made, ignore_errors=True)
    if line.startswith("data info own"):
        assert spgc("data", "index", home / "my-scans", "--force").code == 0
    words = shlex.split(on_phantoms(line, home, dataset))
    ran = spgc(*words)
    assert ran.code == 0, ran.err
