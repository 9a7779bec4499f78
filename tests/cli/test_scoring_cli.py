"""What a user sees: validate, score, leaderboard and example, as the command itself runs them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from spgc.cli.main import run as run_command
from spgc.data.manifests import read_manifests
from spgc.submissions.write import write_submission

HEAVY = ("torch", "torchvision", "scipy", "pandas", "matplotlib", "skimage", "sklearn", "xgboost")


@dataclass(frozen=True)
class Done:
    stdout: str
    stderr: str


def run(*arguments: str | Path, code: int = 0) -> Done:
    """Run the command in this process, 80 columns wide, and check its exit code."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "ab"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["spgc", *map(str, arguments)])
        for name, stream in zip(("stdout", "stderr"), streams, strict=True):
            patch.setattr(sys, name, stream)
        for name, value in {"COLUMNS": "80", "NO_COLOR": "1"}.items():
            patch.setenv(name, value)
        found = run_command()
    done = Done(*(stream.buffer.getvalue().decode("utf-8") for stream in streams))  # type: ignore[attr-defined]
    assert found == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def ninety(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A submission on the 90 ranked scans that calls every CAP scan normal: 70 of 90."""
    manifest = read_manifests()
    labels = {
        case.case_id: "normal" if case.label == "CAP" else case.label or ""
        for split in ("test1", "test2", "test3")
        for case in manifest.split(split)
    }
    path = tmp_path_factory.mktemp("submissions") / "ninety.csv"
    write_submission(path, labels, None, manifest)
    return path


def test_score_shows_hits_rates_and_the_signature(ninety: Path) -> None:
    out = run("score", ninety).stdout
    overall = next(line.split() for line in out.splitlines() if line.startswith(" overall"))
    assert overall[:4] == ["overall", "70/90", "77.8", "67.8–85.9"]
    assert overall[4:] == ["35/35", "100%", "0/20", "0%", "35/35", "100%"]
    assert "In the paper: test1 Table 7, test2 Table 6" in out
    assert "|splits:test1+test2+test3|n:90|data:real|" in out
    tables = [line for line in out.splitlines() if not line.startswith(("spgc:", "In the paper"))]
    assert max(map(len, tables)) <= 80


def test_score_json_is_one_document(ninety: Path) -> None:
    document = json.loads(run("score", ninety, "--json").stdout)
    overall = next(g for g in document["groups"] if g["set"] == "overall")
    assert overall["accuracy"]["hits"] == 70
    assert overall["confusion"][1] == [0, 0, 20]


def test_score_writes_a_record_for_others(ninety: Path) -> None:
    record = json.loads(run("score", ninety, "--format", "eee", "--name", "we/net").stdout)
    assert record["model_info"]["id"] == "we/net"
    assert str(ninety.name) not in json.dumps(record)
    same = [run("score", ninety, *words).stdout for words in (["--format", "json"], ["--json"])]
    assert same[0] == same[1]


def test_a_record_takes_no_cases_and_a_name_needs_one(ninety: Path) -> None:
    for words in (["--format", "eee", "--cases"], ["--format", "eee", "--json"], ["--name", "a/b"]):
        assert "--format eee" in run("score", ninety, *words, code=2).stderr


def test_numbers_and_probabilities_alone_are_read_when_asked(ninety: Path, tmp_path: Path) -> None:
    codes = {"covid-19": "0", "cap": "1", "normal": "2"}
    numbers, shares = tmp_path / "numbers.csv", tmp_path / "shares.csv"
    rows = [line.split(",") for line in ninety.read_text().splitlines()[1:]]
    numbers.write_text("Study,Label\n" + "".join(f"{c},{codes[a]}\n" for c, a in rows))
    triples = {"0": ".8,.1,.1", "1": ".1,.8,.1", "2": ".1,.1,.8"}
    shares.write_text(
        "Study,p_covid19,p_cap,p_normal\n" + "".join(f"{c},{triples[codes[a]]}\n" for c, a in rows)
    )
    option = "--labels 0=covid-19,1=cap,2=normal"
    for command in (["validate"], ["score"], ["compare"], ["leaderboard", "--add"], ["report"]):
        refused = run(*command, numbers, code=1)
        assert option in refused.stdout + refused.stderr
        assert len((refused.stdout + refused.stderr).splitlines()) <= 2
        assert "--argmax" in (d := run(*command, shares, code=1)).stdout + d.stderr
    plain = json.loads(run("score", ninety, "--json").stdout)["groups"]
    mapped = json.loads(run("score", numbers, *option.split(), "--json").stdout)
    assert mapped["groups"] == plain
    assert mapped["signature"]["read"] == "0=COVID-19,2=Normal"
    assert "read:argmax" in run("score", shares, "--argmax").stdout
    board = run("leaderboard", "--add", numbers, *option.split()).stdout
    assert "numbers: labels read as 0=COVID-19,2=Normal." in board
    assert "flipped" not in run("compare", ninety, shares, "--argmax").stdout, "the same answers"
    assert "leave --argmax out" in run("score", ninety, "--argmax", code=1).stderr
    run("score", numbers, "--labels", "0=flu", code=2)


def test_cases_are_listed_wrong_first(ninety: Path) -> None:
    lines = run("score", ninety, "--cases").stdout.splitlines()
    start = lines.index("Cases: 20 wrong, 70 correct")
    assert lines[start + 1].split() == ["Case", "Set", "True", "Predicted"]
    listed = lines[start + 2 : start + 92]
    assert [line.split()[0] for line in listed] == ["WRONG"] * 20 + ["right"] * 70
    assert listed[0].split()[2:] == ["test2", "CAP", "Normal"]
    document = json.loads(run("score", ninety, "--cases", "--json").stdout)
    assert [case["right"] for case in document["cases"]] == [False] * 20 + [True] * 70


def test_a_part_is_scored_but_never_placed(ninety: Path, tmp_path: Path) -> None:
    path = tmp_path / "part.csv"
    path.write_text("".join(ninety.read_text().splitlines(keepends=True)[:71]))
    out = run("score", path, "--partial").stdout
    assert out.startswith(
        "PARTIAL: 70 of 90 cases are predicted; not comparable with scores on all"
    )
    assert "|n:70of90-PARTIAL|" in out
    assert "In the paper: test1 Table 7, test2" in out
    assert "Figure 11" not in out, "the pool has a hole"
    run("score", path, code=1)
    run("leaderboard", "--add", path, code=1)


def test_a_pool_of_splits_means_the_same_everywhere(tmp_path: Path) -> None:
    rows = [
        f"{c.case_id},{(c.label or '').lower()}"
        for c in read_manifests()
        if c.split in ("test1", "test2", "test3", "test4")
    ]
    path = tmp_path / "all.csv"
    path.write_text("\n".join(["Study,Label", *rows]))
    assert "can be scored, 90 cases" in run("validate", path, "--split", "overall").stdout
    assert "can be scored, 130 cases" in run("validate", path, "--split", "test1-4").stdout
    assert "test4" in run("validate", path, "--split", "overall").stdout, "left aside, and said so"
    run("validate", path, "--split", "all", code=1)
    assert "|n:90|" in run("score", path, "--split", "overall").stdout
    names = [g["set"] for g in json.loads(run("score", path, "--json").stdout)["groups"]]
    assert names == ["test1", "test2", "test3", "overall", "test4", "test1-4"]
    groups = json.loads(run("compare", path, path, "--split", "test2", "--json").stdout)["groups"]
    assert [group["set"] for group in groups] == ["test2"]
    board = json.loads(run("leaderboard", "--split", "test1-4", "--add", path, "--json").stdout)
    (view,) = board["sets"]
    assert view["ranked"] == [], "no team of the challenge is published there"
    mine = next(row for row in view["later"] if row["yours"])
    assert (mine["accuracy"]["hits"], mine["rank"]) == (130, None)


def test_three_files_score_as_one(ninety: Path, tmp_path: Path) -> None:
    lines = ninety.read_text().splitlines()
    paths = []
    for number in (1, 2, 3):
        rows = [line for line in lines[1:] if line.startswith(f"T{number}-")]
        paths.append(tmp_path / f"test{number}.csv")
        paths[-1].write_text("\n".join([lines[0], *rows]))
    one, three = (json.loads(run("score", *p, "--json").stdout) for p in ([ninety], paths))
    assert one == three
    assert one == json.loads(run("score", *paths, "--split", "overall", "--json").stdout)
    lacking = run("score", *paths[:2], "--split", "overall", code=1).stderr
    assert "the files together don't cover overall" in lacking
    twice = run("score", paths[0], paths[0], code=1)
    assert "is in two files" in twice.stderr


def test_a_refused_file_is_not_scored_or_ranked(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("Study,Label\nT2-001,covd\n")
    for command in (["score", path], ["leaderboard", "--add", path]):
        done = run(*command, code=1)
        assert done.stdout == ""
        assert done.stderr.startswith("error: unknown label (T2-001) (and 29 more problems)")
    report = run("validate", path, code=1).stdout
    assert "refused, 30 problems" in report
    assert "29 missing cases [T2-002–T2-030]" in report
    assert "did you mean covid-19?" in report
    document = json.loads(run("validate", path, "--json", code=1).stdout)
    assert len(document["files"][0]["problems"]) == 30


def test_wrong_usage_exits_2(ninety: Path) -> None:
    assert "did you mean 'test1'?" in run("validate", ninety, "--split", "tset1", code=2).stderr
    assert "unknown order" in run("leaderboard", "--sort", "x", code=2).stderr
    run("score", code=2)


def test_leaderboard_places_the_users_row(ninety: Path) -> None:
    out = run("leaderboard", "--add", ninety, "--name", "no CAP").stdout
    lines = out.splitlines()
    mine = next(i for i, line in enumerate(lines) if "▶ no CAP" in line)
    assert lines[mine].split()[0] == "(9)"
    assert "SAIVT" in lines[mine - 1]
    assert "Winter" in lines[mine + 1]
    assert sum("/90" in line for line in lines) == 17 + 1 + 4, "teams, the user, later results"
    table = [line for line in lines if "/90" in line or "Team" in line]
    assert max(len(line.rstrip()) for line in table) <= 80


@pytest.mark.parametrize("form", ["markdown", "latex", "csv", "json", "html"])
def test_every_format_is_complete(form: str, ninety: Path) -> None:
    out = run("leaderboard", "--split", "all", "--add", ninety, "--format", form).stdout
    for text in ("TheSaviours", "SSU", "ninety", "Heidarian et al."):
        assert text in out


@pytest.mark.parametrize("form", ["markdown", "latex"])
def test_a_score_is_a_table_for_a_paper(form: str, ninety: Path) -> None:
    out = run("score", ninety, "--format", form).stdout
    accuracy = json.loads(run("score", ninety, "--json").stdout)["groups"][3]["accuracy"]
    assert f"{accuracy['hits']}/90" in out
    assert [f"test{i}" in out for i in (1, 2, 3)] == [True] * 3
    assert "spgc:" in out
    assert ("\\begin{tabular}{lrrrrrr}" in out) == (form == "latex")
    assert "--cases does not go" in run("score", ninety, "--format", form, "--cases", code=2).stderr


def test_a_synthetic_row_says_so_everywhere(tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    rows = [f"syn-T2-{i:03},Normal,test2,phantom,synthetic" for i in range(1, 31)]
    (folder / "test2.csv").write_text("\n".join(["case,label,split,source,certainty", *rows]))
    path = tmp_path / "mine.csv"
    run("example", "--manifests", folder, "--out", path)
    assert "--manifests DIR" in run("validate", path, code=1).stdout
    shown = run("score", path, "--manifests", folder).stdout
    assert shown.startswith("SYNTHETIC")
    assert "SYNTHETIC · Accuracy by set" in shown
    assert "data:SYNTHETIC" in shown
    document = json.loads(run("score", path, "--manifests", folder, "--json").stdout)
    assert document["synthetic"] is True
    assert document["groups"][0]["paper_table"] is None
    board = run("leaderboard", "--add", path, "--manifests", folder).stdout
    assert "▶ mine SYNTHETIC" in board
    manifest = folder / "test2.csv"
    manifest.write_text(manifest.read_text().replace("phantom,synthetic", "clinic,own"))
    board = run("leaderboard", "--add", path, "--manifests", folder).stdout
    assert "▶ mine SYNTHETIC" in board  # by the names of its cases
    for file in (manifest, path):
        file.write_text(file.read_text().replace("syn-", "own-"))
    board = run("leaderboard", "--add", path, "--manifests", folder).stdout
    assert "▶ mine OWN SCANS" in board
    assert "OWN SCANS" in run("compare", path, "--manifests", folder, code=1).stderr


def test_examples_are_valid(tmp_path: Path) -> None:
    for split in ("test1", "low-dose", "test2", "val"):
        path = tmp_path / f"{split}.csv"
        run("example", "--split", split, "--probabilities", "--out", path)
        assert "can be scored" in run("validate", path, "--split", split).stdout
    assert run("example", "--split", "test2").stdout.startswith("Study,Label\nT2-001,normal\n")


def test_scoring_loads_nothing_heavy(ninety: Path) -> None:
    code = (
        "import sys; from spgc.cli.app import app\n"
        f"for args in (['--help'], ['validate', {str(ninety)!r}], ['score', {str(ninety)!r}],\n"
        f"             ['leaderboard', '--add', {str(ninety)!r}], ['example']):\n"
        "    app(args, standalone_mode=False)\n"
        f"print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


def test_compare_two_files_names_the_flipped_patients(ninety: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(ninety.read_text().replace("T2-003,normal", "T2-003,cap"))
    out = run("compare", ninety, other).stdout
    assert "1 patients with different predictions" not in out
    assert "1 patient with different predictions" in out
    assert "T2-003" in out
    document = json.loads(run("compare", ninety, other, "--json").stdout)
    assert [flip["case"] for flip in document["flips"]] == ["T2-003"]
    assert {g["set"]: g["p"] for g in document["groups"]}["overall"] == 1.0
    run("compare", ninety, other, ninety, code=2)


def test_compare_with_published_rows_gives_a_verdict_for_each_team(ninety: Path) -> None:
    out = run("compare", ninety).stdout
    verdicts = ("separable", "undetermined")
    lines = [line.rstrip() for line in out.splitlines() if line.rstrip().endswith(verdicts)]
    exact = [line for line in lines if " exact " in line]
    assert len(lines) - len(exact) == 17 + 3 * 6 + 1 - 4, "TheSaviours on all four sets is exact"
    assert len(exact) == 4 * 5, "and so are four later systems"
    assert all(" * " in line for line in exact)
    assert max(map(len, lines)) <= 80


def test_compare_takes_teams_with_published_answers_by_name(ninety: Path) -> None:
    document = json.loads(run("compare", ninety, "the-SAVIOURS", "--json").stdout)
    overall = next(g for g in document["groups"] if g["set"] == "overall")
    assert (overall["right_a"], overall["right_b"]) == (70, 81)
    assert (overall["only_a"], overall["only_b"]) == (7, 18)
    out = run("compare", "covid-vr", "RoI-Aware ResNet", "--split", "test2").stdout
    assert "8 patients with different predictions" in out
    assert "only RoI-Aware ResNet" in out
    rows = json.loads(run("compare", "CovNet", "--split", "val", "--json").stdout)["bounds"]
    assert {row["team"]: row["basis"] for row in rows} == {
        "IITDelhi": "bound",
        "Winter": "bound",
        "LLSCP": "bound",
        "CNR-IEMN": "bound",
        "COVID-VR": "exact",
        "TheSaviours retrained": "exact",
        "DeCoVNet": "exact",
    }


def test_a_name_without_answers_gets_the_nearest_one(ninety: Path, tmp_path: Path) -> None:
    failed = run("compare", ninety, "thesaviors", code=1)
    assert "did you mean TheSaviours?" in failed.stderr
    assert (
        "no published predictions on val"
        in run("compare", "covnet", "RoI-Aware ResNet", "--split", "val", code=1).stderr
    )
    assert "x.csv" in run("compare", "x.csv", "covnet", code=1).stderr
    own = tmp_path / "own"
    own.mkdir()
    (own / "mine.csv").write_text(
        "case,label,split,source,certainty\nA-1,CAP,mine,me,own\nA-2,Normal,mine,me,own\n"
    )
    failed = run("compare", "covnet", "covid-vr", "--manifests", own, code=1)
    assert "published predictions are for the challenge's scans" in failed.stderr


def test_audit_finds_the_three_rows_and_strict_says_so(tmp_path: Path) -> None:
    out = run("leaderboard", "audit").stdout
    assert "LLSCP, overall: classes sum to 81 of 90, the total says 79" in out
    assert "SSU, overall: classes sum to 41 of 90, the total says 31" in out
    assert "TheSaviours, test3: classes sum to 27 of 30, the total says 29" in out
    run("leaderboard", "audit", "--strict", code=1)
    assert json.loads(run("leaderboard", "audit", "--json").stdout)["rows"] == 41
    path = tmp_path / "board.csv"
    path.write_text("Team,Accuracy,A,B\nx,15/20,10/10,5/10\n")
    assert "1 row audited: all add up" in run("leaderboard", "audit", path, "--strict").stdout
    run("leaderboard", "audit", tmp_path / "nowhere", code=1)
    run("leaderboard", "audit", path, "--cases", "a,b", code=2)


def test_the_json_of_a_score_keeps_its_published_schema(ninety: Path) -> None:
    import jsonschema

    schema = json.loads(run("score", "--schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(run("score", ninety, "--json").stdout), schema)
    part = ninety.with_name("part.csv")
    part.write_text("".join(ninety.read_text().splitlines(keepends=True)[:71]))
    for options in (["--cases"], ["--partial"], ["--cases", "--partial"]):
        document = json.loads(run("score", part, "--partial", *options, "--json").stdout)
        jsonschema.validate(document, schema)


def test_a_row_that_has_no_place_is_said_so(ninety: Path, tmp_path: Path) -> None:
    assert (
        "no row on test4" in run("leaderboard", "--add", ninety, "--split", "test4", code=1).stderr
    )
    path = tmp_path / "train.csv"
    run("example", "--split", "train", "--out", path)
    assert "no leaderboard for these cases" in run("leaderboard", "--add", path, code=1).stderr
