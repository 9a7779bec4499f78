"""A run's report holds what the scorer says, leaves out what is missing, and lets no markup in."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from spgc.board.board_rows import read_board
from spgc.board.team_facts import team_facts
from spgc.board.views import make_views
from spgc.challenge.spgc_challenge import SPGC
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.data.manifests import Manifest, read_manifests
from spgc.errors import DataError
from spgc.files.shipped import leaderboard_dir
from spgc.protocol import CLASSES
from spgc.report.page.pages import board_page, report_page
from spgc.report.page.profile import MAX_BYTES, axis, profiles, read_slice_table
from spgc.report.page.run_files import find_run
from spgc.report.page.run_sources import gather
from spgc.report.page.story import Story, tell, wrong_answers
from spgc.report.page.timings import timings
from spgc.scoring.score import score
from spgc.submissions.read import read_submissions
from tests.ct.test_watershed import two_lungs

HEAD = "case,backbone,slice,label,p_covid19,p_cap,p_normal\n"

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'


def write_run(folder: Path, wrong: int = 3) -> Manifest:
    """A run on test2 with `wrong` wrong answers, probabilities and slices of two classifiers."""
    manifest = read_manifests()
    folder.mkdir(parents=True)
    lines, slices = ["Study,Label,p_covid19,p_cap,p_normal"], []
    for number, case in enumerate(manifest.split("test2")):
        place = CLASSES.index(str(case.label))
        told = (place + 1) % 3 if number < wrong else place
        shares = [0.1, 0.1, 0.1]
        shares[told] = 0.8
        lines.append(f"{case.case_id},{CLASSES[told]}," + ",".join(map(str, shares)))
        for name in ("resnext50", "densenet161"):
            tail = f"{CLASSES[told]},{shares[0]},{shares[1]},{shares[2]}"
            slices += [f"{case.case_id},{name},{k},{tail}" for k in range(1, 13)]
    (folder / "submission.csv").write_text("\n".join(lines) + "\n")
    (folder / "slices.csv").write_text(HEAD + "\n".join(slices) + "\n")
    return manifest


def write_record(run: Path, facts: dict[str, object]) -> None:
    """The record that predict writes beside a submission, with `facts` in it."""
    digest = hashlib.sha256((run / "submission.csv").read_bytes()).hexdigest()
    record = {"files": {"submission.csv": digest}, **facts}
    (run / "submission.run.json").write_text(json.dumps(record))


def story_of(run: Path, title: str = "a run") -> Story:
    manifest = read_manifests()
    files = find_run(run)
    submission = read_submissions([files.submission], manifest)
    wrong = wrong_answers(submission, manifest)
    sources = gather(wrong, None, None, None)
    return tell(title, files, submission, manifest, score(submission, manifest), sources)


class Tags(HTMLParser):
    """Names and attributes of all tags, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_tells_the_scorers_numbers(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    story = story_of(tmp_path / "run")
    text = re.sub(r"\s+", " ", Tags(report_page(story)).text)
    [group] = story.score.headline_groups
    low, high = group.confusion.accuracy.exact or (0, 0)
    assert "test2: accuracy27/30" in text
    assert f"90.0 %, 95 % CI {100 * low:.1f}–{100 * high:.1f}" in text
    assert "Wrong predictions (3)" in text
    assert f"macro F1{group.estimates['macro_f1'].value:.3f}" in text
    assert str(story.score.signature) in text
    [place] = story.places
    assert place.label == "1"  # TheSaviours have 26
    assert "▶ a run" in text
    assert "Calibration" in text
    assert "heat maps: spgc explain" in text


def test_wrong_cases_have_their_profiles(tmp_path: Path) -> None:
    write_run(tmp_path / "run", wrong=2)
    story = story_of(tmp_path / "run")
    assert len(story.wrong) == 2
    for case in story.wrong:
        assert [p.classifier for p in case.profiles] == ["resnext50", "densenet161"]
        assert dict(case.profiles[0].counts)[case.answer] == 12
        assert case.axis is not None and case.axis.slices == 12
    page = report_page(story)
    assert page.count("<polyline") == 2 * 2 * 3


def test_the_head_names_date_model_and_rank(tmp_path: Path) -> None:
    run = tmp_path / "run"
    write_run(run)
    write_record(run, {"system": "cnr-iemn", "model_hash": "0123456789abcdef"})
    os.utime(run / "submission.csv", (1_790_000_000, 1_790_000_000))
    facts = dict(story_of(run).facts)
    assert facts == {"Date": "2026-09-21", "Model": "cnr-iemn 0123456789ab", "Rank": "test2 1"}
    text = re.sub(r"\s+", " ", Tags(report_page(story_of(run))).text)
    assert "Date2026-09-21" in text


def test_wrong_cases_are_indexed_and_folded(tmp_path: Path) -> None:
    write_run(tmp_path / "run", wrong=5)
    story = story_of(tmp_path / "run")
    numbers = [number for _, _, cases in story.wrong_kinds for number, _ in cases]
    assert sorted(numbers) == [1, 2, 3, 4, 5]
    tags = Tags(report_page(story)).tags
    links = [a.get("href") for name, a in tags if name == "a"]
    assert {f"#case-{number}" for number in numbers} <= set(links)
    assert [a for name, a in tags if name == "details"][:5] == [{"class": "case"}] * 5


def test_a_plain_submission_is_enough(tmp_path: Path) -> None:
    """People with a model of their own have a CSV and nothing else."""
    write_run(tmp_path / "run")
    path = tmp_path / "mine.csv"
    path.write_text(
        "".join(
            ",".join(line.split(",")[:2]) + "\n"
            for line in (tmp_path / "run" / "submission.csv").read_text().splitlines()
        )
    )
    story = story_of(path)
    assert not story.graded
    assert story.timings is None
    assert len(story.missing) == 6
    assert "27/30" in report_page(story)


def test_no_markup_gets_in(tmp_path: Path) -> None:
    """Title, classifier names, timings and the record are hostile; the page has no tag of them."""
    write_run(tmp_path / "run")
    table = tmp_path / "run" / "slices.csv"
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    table.write_text(table.read_text().replace("resnext50", quoted))
    record = {
        "run": {
            "seconds": 1,
            "stages": [{"stage": HOSTILE, "seconds": 2}],
            "hardware": {"processor": HOSTILE},
            "versions": {HOSTILE: HOSTILE},
        },
        "engine": HOSTILE,
    }
    write_record(tmp_path / "run", record)
    page = report_page(story_of(tmp_path / "run", HOSTILE))
    tags = Tags(page)
    assert "img" not in {name for name, _ in tags.tags}
    assert [name for name, _ in tags.tags].count("script") == 1
    assert not [a for _, attributes in tags.tags for a in attributes if a.startswith("on")]
    assert tags.text.count(HOSTILE) > 5  # as text it is all there


def test_model_cards_let_no_markup_in() -> None:
    from spgc.report.page.render import from_markdown

    found = from_markdown(
        f"# Card\n\n{HOSTILE}\n\n[x](javascript:alert(3))\n\n| a |\n|---|\n| 1 |\n"
    )
    names = [name for name, _ in Tags(found).tags]
    assert not {"img", "script"} & set(names)
    assert "table" in names
    assert 'href="javascript' not in found


def test_the_head_of_a_model_card_is_not_shown(tmp_path: Path) -> None:
    """It is for the Hugging Face Hub; as Markdown it would be a stray heading or table."""
    write_run(tmp_path / "run")
    head = '---\nlicense: "unknown"\ntags:\n- "chest-ct"\n---\n\n'
    story = replace(story_of(tmp_path / "run"), card=head + "# The card\n\n| a |\n|---|\n| 1 |\n")
    page = report_page(story)
    assert "<h1>The card</h1>" in page
    assert "chest-ct" not in page
    assert "<hr" not in page


def test_nothing_is_fetched(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    known = {link for team in team_facts(SPGC).values() for link in (team.link, team.code) if link}
    for page in (
        report_page(story_of(tmp_path / "run")),
        board_page(make_views(read_board(leaderboard_dir(), SPGC), ["overall", "test2"]), SPGC),
    ):
        for name, attributes in Tags(page).tags:
            assert name not in ("link", "iframe", "object", "embed")
            address = attributes.get("src") or attributes.get("href") or "#"
            if name == "a" and address in known:  # followed by a reader, fetched by nobody
                assert attributes.get("rel") == "noopener noreferrer"
            else:
                assert address.startswith(("#", "data:")), (name, address)
        assert "default-src 'none'" in page
        assert "@import" not in page
        assert "url(" not in page


def test_the_board_holds_every_row() -> None:
    views = make_views(read_board(leaderboard_dir(), SPGC), ["overall"])
    page = board_page(views, SPGC)
    tags = Tags(page)
    rows = sum(len(view.ranked) + len(view.later) for view in views)
    assert sum(name == "tr" for name, _ in tags.tags) == rows + sum(
        bool(v.ranked) + bool(v.later) for v in views
    )
    assert "TheSaviours" in tags.text


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("case,backbone\n", None),
        (
            "case,backbone,slice,label,p_covid19,p_cap,p_normal\nT2-001,a,0,CAP,2,0,0\n",
            "ValueError",
        ),
        (f"{HEAD}T2-001,a,2,CAP,1,0,0\n", "missing"),
        (
            "case,backbone,slice,label,p_covid19,p_cap,p_normal\nT2-001,a,x,CAP,1,0,0\n",
            "ValueError",
        ),
        ("a,b\n1,2\n", "KeyError"),
        (f"{HEAD}T2-001,a,1,CAP,1,0,0\nT2-001,a,1,CAP,0,1,0\n", "slice 1 of T2-001 stands twice"),
        (f"{HEAD}T2-001,a,1,CAP,0,0,0\n", "sum to 0"),
        (f"{HEAD}T2-001,a,1,CAP,1,1,0\n", "sum to 2"),
        (f"{HEAD[:-1]},p_cap\nT2-001,a,1,CAP,1,0,0,1\n", "two columns p_cap"),
        (f"{HEAD}T2-001,a,1,CAP,1,0\n", "ValueError"),
        (HEAD + "x" * 100_000, "a line of more than"),
    ],
)
def test_damaged_slice_tables_are_one_line(content: str, found: str | None, tmp_path: Path) -> None:
    path = tmp_path / "slices.csv"
    path.write_text(content)
    if found is None:
        assert read_slice_table(path, ["T2-001"]) == {}
        return
    with pytest.raises(DataError, match=found):
        read_slice_table(path, ["T2-001"])


def test_a_giant_slice_table_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "slices.csv").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(DataError, match="more than"):
        read_slice_table(tmp_path / "slices.csv", ["T2-001"])


def test_slices_count_from_1_and_in_older_files_from_0(tmp_path: Path) -> None:
    path = tmp_path / "slices.csv"
    for first in (0, 1):
        rows = [f"T2-001,a,{first + k},CAP,{k / 4},{1 - k / 4},0\n" for k in (1, 0, 2)]
        path.write_text(HEAD + "".join(rows))
        assert [row[0] for row in read_slice_table(path, ["T2-001"])["T2-001"]["a"]] == [
            0,
            0.25,
            0.5,
        ]


def test_profiles_stand_where_the_slices_are() -> None:
    """Two slices, one sure of each class: a line from the top to the bottom and one upwards."""
    [drawing] = profiles({"net": [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]})
    assert drawing.lines[0].points == "160.0,0.0 480.0,110.0"
    assert drawing.lines[2].points == "160.0,110.0 480.0,0.0"
    assert drawing.counts == (("COVID-19", 1), ("CAP", 0), ("Normal", 1))
    under = axis(10, [0, 1, 1, 0, 0, 0, 0, 0, 0, 1])
    assert [x for x, _ in under.regions] == [0.0, 128.0, 256.0, 384.0, 512.0]
    assert under.infected == ((64.0, 128.0), (576.0, 64.0))
    assert axis(3, None).infected is None


def test_a_record_of_any_form_is_shown_or_left_out() -> None:
    assert timings({}) is None
    assert timings({"run": 7}) is None
    odd = timings({"run": {"seconds": "x", "stages": [1, {"stage": None}], "hardware": []}})
    assert odd is not None
    assert odd.stages == (("None", "–", "–", "–"),)
    wild = timings({"run": {"seconds": float("nan"), "slices": 10**30, "scans": -1}})
    assert wild is not None
    assert not any("nan" in text or "000" in text for _, text in wild.facts)
    full = timings(
        {
            "run": {
                "seconds": 12.34,
                "scans": 3,
                "slices": 1500,
                "peak_memory_gib": {"this_process": 1.94},
            }
        }
    )
    assert full is not None
    assert ("Time", "12.3 s for 3 scans, 1,500 slices") in full.facts
    assert ("Peak memory", "1.9 GiB") in full.facts


def test_folders_without_a_run_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no submission\.csv"):
        find_run(tmp_path)
    with pytest.raises(DataError, match="no such folder"):
        find_run(tmp_path / "nothing")


def test_a_record_of_another_submission_is_not_shown(tmp_path: Path) -> None:
    """Who edits a submission has one whose timings and model nobody knows."""
    write_run(tmp_path / "run")
    write_record(tmp_path / "run", {"model_hash": "m1"})
    assert find_run(tmp_path / "run").record["model_hash"] == "m1"
    path = tmp_path / "run" / "submission.csv"
    path.write_text(path.read_text().replace("CAP", "Normal", 1))
    assert find_run(tmp_path / "run").record == {}


def test_maps_of_another_model_are_left_out(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    place = tmp_path / "run" / "explain"
    place.mkdir()
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    for name, model in (("a", "m1"), ("b", "m2")):
        facts = {"case": "T2-001", "slice": 3, "model_hash": model}
        (place / f"{name}.json").write_text(json.dumps(facts))
        (place / f"{name}.png").write_bytes(png)
    (place / "c.json").write_text("{")
    write_record(tmp_path / "run", {"model_hash": "m1"})
    [found] = find_run(tmp_path / "run").maps
    assert (found.case, found.slice) == ("T2-001", 3)
    (place / "a.png").write_bytes(b"<svg onload=...>")
    assert find_run(tmp_path / "run").maps == ()


def test_a_system_of_whole_scans_has_its_maps_and_misses_no_slices(tmp_path: Path) -> None:
    """Nothing is asked for that it can't give, and no slice is named that there is none of."""
    manifest = write_run(tmp_path / "run")
    (tmp_path / "run" / "slices.csv").unlink()
    write_record(tmp_path / "run", {"model_hash": "m1"})
    assert any("slice profiles" in words for words in story_of(tmp_path / "run").missing)
    write_record(tmp_path / "run", {"model_hash": "m1", "slice_model": False})
    place = tmp_path / "run" / "explain"
    place.mkdir()
    first, *_, last = (case.case_id for case in manifest.split("test2"))
    for case, slices in ((first, 9), (last, 9), ("odd", None)):
        facts = {"case": case, "slices": slices, "model_hash": "m1"}
        (place / f"{case}-volume.json").write_text(json.dumps(facts))
        (place / f"{case}-volume.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 20)
    story = story_of(tmp_path / "run")
    assert not any("slice profiles" in words for words in story.missing)
    assert [one.part for case in story.wrong for one in case.maps] == ["the whole scan"]
    page = Tags(report_page(story))
    text = re.sub(r"\s+", " ", page.text)
    assert "The whole scan: RISE heat map of the networks" in text
    assert f"{last}, the whole scan" in text
    assert "slice None" not in str(page.tags)
    assert "Slice probabilities by classifier" not in text


def test_a_scan_stored_without_lungs_is_shown_with_some(tmp_path: Path) -> None:
    """The page says that lungs are outlined, whatever masks the system wanted."""
    hu = np.stack([two_lungs()] * 2)
    volume = Volume(hu, (5.0, 1.0, 1.0), np.array([5.0, 0.0]), ())
    sheets = []
    for method in ("watershed-two-regions", "none"):
        settings, root = PreprocessSettings(method), tmp_path / method
        SliceStore(root).write("P001", "key", volume, settings.masks(volume), settings)
        sheets.append(gather(["P001"], None, root, None).sheets["P001"])
    assert sheets[0] == sheets[1]
