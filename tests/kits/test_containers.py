"""Containers around a trained model: built from sound Dockerfiles, and their programs answer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import spgc
from spgc.kits import hospital_program, inference_program, predicted_classes
from spgc.kits.algorithm_kit import OUTPUT_FILE, algorithm_files
from spgc.kits.container_parts import requirements
from spgc.kits.hospital_kit import TASKS, hospital_files
from spgc.kits.kit_files import KitFile, write_kit
from spgc.protocol import CLASSES
from spgc.systems.density.system import Density
from tests.ct.metaimage_files import header
from tests.kits.true_paths import run_at
from tests.outside_tools import run_tool
from tests.systems.small.scans import array_cohort

VOLUMES = "/mlcommons/volumes"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("density")
    Density().fit(array_cohort(2, seed=1), [], folder)
    return folder


@pytest.fixture(params=["algorithm", "hospital"])
def kit(request: pytest.FixtureRequest, model: Path, tmp_path: Path) -> Path:
    files = {"algorithm": algorithm_files, "hospital": hospital_files}[request.param](model)
    write_kit(tmp_path / "kit", files)
    return tmp_path / "kit"


def instructions(kit: Path) -> list[tuple[str, str]]:
    lines = (kit / "Dockerfile").read_text().splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines) if word]


def test_the_dockerfile_needs_nothing_that_the_kit_lacks(kit: Path) -> None:
    """Every COPY has its source, the user is not root, and no weights go into the image."""
    parts = instructions(kit)
    for source in (rest.split()[0] for word, rest in parts if word == "COPY"):
        assert (kit / source).exists(), source
    assert [rest for word, rest in parts if word == "USER"] == ["10001"]
    assert [word for word, _ in parts].index("USER") > max(
        number for number, (word, _) in enumerate(parts) if word in ("RUN", "COPY")
    )
    (entry,) = (json.loads(rest) for word, rest in parts if word == "ENTRYPOINT")
    assert (kit / Path(entry[1]).name).is_file()
    assert not [path for path in kit.rglob("*") if path.name in ("model.json", "logistic.json")]


def test_hadolint_finds_nothing(kit: Path) -> None:
    done = run_tool("hadolint", kit / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_scripts_and_programs_parse(kit: Path) -> None:
    for script in kit.glob("*.sh"):
        assert run_tool("bash", "-n", script).returncode == 0
    for program in kit.glob("*.py"):
        compile(program.read_text(), program.name, "exec")
        assert "import spgc" not in program.read_text()


@pytest.mark.parametrize(
    ("system", "config", "package", "first"),
    [
        ("density", {"lung_method": "watershed-closed"}, "spgc", "spgc[ct]=="),
        ("cnr-iemn", {"lung_method": "r231"}, "spgc", "spgc[train,lungs]=="),
        ("astra", {}, "spgc", "spgc[train,astra]=="),
        ("own-system", {}, "their-package", "spgc[train]=="),
    ],
)
def test_what_is_installed_is_what_the_system_needs(
    system: str, config: dict[str, str], package: str, first: str
) -> None:
    lines = requirements({"system": system, "config": config, "package": package}).splitlines()
    assert lines[0].startswith(first)
    assert lines[1:] == ([] if package == "spgc" else [package])


def test_classes_are_those_of_the_protocol() -> None:
    assert tuple(predicted_classes.CLASSES.values()) == CLASSES
    assert tuple(predicted_classes.PROBABILITIES.values()) == CLASSES
    stands: dict[str, object] = {}
    exec(predicted_classes.as_source(), stands)  # noqa: S102  our own text
    assert stands["CLASSES"] == predicted_classes.CLASSES
    assert stands["PROBABILITIES"] == predicted_classes.PROBABILITIES


@pytest.fixture
def case(cohort: Path, tmp_path: Path) -> Path:
    """An input folder of the platform with one phantom as MetaImage; the file's name is foreign."""
    place = tmp_path / "input" / "images" / "chest-ct"
    place.mkdir(parents=True)
    write_volume(place / "Surname^Given.mha", first_scan(cohort, "Cap subjects"))
    socket = {"slug": "chest-ct", "kind": "Image", "super_kind": "Image"}
    inputs = [{"interface": {**socket, "relative_path": "images/chest-ct"}, "image": {"name": "x"}}]
    (tmp_path / "input" / "inputs.json").write_text(json.dumps(inputs))
    (tmp_path / "output").mkdir()
    return tmp_path / "input"


def first_scan(cohort: Path, label: str) -> Path:
    return min(path for path in (cohort / label).iterdir() if path.is_dir())


def write_volume(path: Path, scan: Path) -> None:
    """A scan as MetaImage, stored feet to head."""
    volume = spgc.read_scan(scan)
    z, y, x = volume.spacing
    slices, rows, columns = volume.hu.shape
    size = {"ElementSpacing": f"{x} {y} {z}", "DimSize": f"{columns} {rows} {slices}"}
    path.write_bytes(header(**size) + volume.hu[::-1].tobytes())


def test_one_ct_is_answered_at_the_paths_of_the_platform(
    case: Path, model: Path, tmp_path: Path
) -> None:
    write_kit(tmp_path / "kit", algorithm_files(model))
    places = {"/input": case, "/output": tmp_path / "output", "/opt/ml/model": model}
    program = {"/opt/app": tmp_path / "kit"}
    command = (sys.executable, "/opt/app/inference.py")
    done = run_at(places | program, *command, writable=("/output",))
    assert done.returncode == 0, done.stderr
    assert "Surname" not in done.stderr
    answer = json.loads((tmp_path / "output" / OUTPUT_FILE).read_text())
    right = spgc.load_model(model).predict(case / "images" / "chest-ct" / "Surname^Given.mha")
    assert answer["class"] == right.label
    assert list(answer["probabilities"]) == list(CLASSES)
    assert list(answer["probabilities"].values()) == pytest.approx(right.probabilities, abs=1e-6)


def no_inputs(case: Path, _: Path) -> str:
    (case / "inputs.json").write_text('{"a": 1}')
    return "inputs.json can't be read"


def no_images(case: Path, _: Path) -> str:
    (case / "inputs.json").write_text("[]")
    return "0 image inputs"


def outside(case: Path, _: Path) -> str:
    text = (case / "inputs.json").read_text()
    (case / "inputs.json").write_text(text.replace("images/chest-ct", "../output"))
    return "outside the input folder"


def tif(case: Path, _: Path) -> str:
    place = next((case / "images").rglob("*.mha"))
    place.rename(place.with_suffix(".tif"))
    return "no spacing between slices"


def two(case: Path, _: Path) -> str:
    place = next((case / "images").rglob("*.mha"))
    place.with_name("b.mha").write_bytes(place.read_bytes())
    return "2 .mha files"


def no_model(_: Path, model: Path) -> str:
    (model / "model.json").unlink()
    return "no model"


def broken_scan(case: Path, _: Path) -> str:
    place = next((case / "images").rglob("*.mha"))
    place.write_bytes(place.read_bytes()[:-100])
    return "MetaImage header claims more than the file holds [scan.mha]"


SPOILS = [no_inputs, no_images, outside, tif, two, no_model, broken_scan]


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_what_cant_be_answered_ends_in_one_line(  # type: ignore[no-untyped-def]
    spoil, case: Path, model: Path, tmp_path: Path
) -> None:
    own = tmp_path / "model"
    own.mkdir()
    for path in model.iterdir():
        (own / path.name).write_bytes(path.read_bytes())
    reason = spoil(case, own)
    code, said = inference_program.answer_case(case, tmp_path / "output", own, OUTPUT_FILE)
    assert code == 1
    assert reason in said[-1]
    assert "\n" not in said[-1]
    assert "Surname" not in said[-1]
    assert list((tmp_path / "output").iterdir()) == []


@pytest.fixture
def hospital(cohort: Path, model: Path, tmp_path: Path) -> Path:
    """Volumes of MedPerf with three phantoms, one as MetaImage, and their labels."""
    volumes = tmp_path / "volumes"
    for name in ("data", "labels", "predictions", "statistics", "results", "raw_labels"):
        (volumes / name).mkdir(parents=True)
    raw = volumes / "raw_data"
    raw.mkdir()
    (volumes / "additional_files").symlink_to(model)
    rows = ["Study,Label"]
    for number, folder in enumerate(("COVID-19 subjects", "Cap subjects", "Normal subjects")):
        write_volume(raw / f"patient-{number}.mha", first_scan(cohort, folder))
        rows.append(f"patient-{number},{('covid', 'CAP', 'normal')[number]}")
    (volumes / "raw_labels" / "labels.csv").write_text("\n".join(rows) + "\n")
    return volumes


def test_a_hospital_prepares_answers_and_scores(
    hospital: Path, model: Path, tmp_path: Path
) -> None:
    """At MedPerf's paths, what goes in read-only; what leaves names no case."""
    write_kit(tmp_path / "kit", hospital_files(model))
    for tasks in TASKS.values():
        for task, (taken, given) in tasks.items():
            for place in given.values():
                if place.endswith(".yaml"):
                    (hospital / place).touch()
            folders = {
                place: (hospital / place).resolve() for place in (*taken.values(), *given.values())
            }
            places = {f"{VOLUMES}/{place}": folder for place, folder in folders.items()}
            places["/opt/app"] = tmp_path / "kit"
            writable = tuple(f"{VOLUMES}/{place}" for place in given.values())
            done = run_at(places, sys.executable, "/opt/app/main.py", task, writable=writable)
            assert done.returncode == 0, f"{task}: {done.stderr}"
    statistics = json.loads((hospital / "statistics" / "statistics.yaml").read_text())
    assert statistics == {"scans": 3, "classes": dict.fromkeys(CLASSES, 1)}
    text = (hospital / "results" / "results.yaml").read_text()
    results = json.loads(text)
    assert results["sets"]["own"]["accuracy"]["total"] == 3
    assert "patient" not in text
    assert "signature" not in text


def last_words(*tasks: str, volumes: Path) -> tuple[int, str]:
    """How the last of some tasks ends; those before it go well."""
    for task in tasks[:-1]:
        assert hospital_program.hospital_task([task], volumes) == (0, [])
    code, said = hospital_program.hospital_task([tasks[-1]], volumes)
    return code, said[-1]


def test_a_scan_that_cant_be_read_stops_the_preparation(hospital: Path) -> None:
    scan = hospital / "raw_data" / "patient-1.mha"
    scan.write_bytes(scan.read_bytes()[:-100])
    code, reason = last_words("prepare", "sanity_check", volumes=hospital)
    assert code == 1
    assert "patient-1" in reason


def test_a_scan_without_a_class_stops_the_preparation(hospital: Path) -> None:
    labels = hospital / "raw_labels" / "labels.csv"
    labels.write_text(labels.read_text().replace("patient-1,CAP\n", ""))
    code, reason = last_words("prepare", "sanity_check", volumes=hospital)
    assert code == 1
    assert "class" in reason


def test_tasks_that_cant_be_done_end_in_one_line(tmp_path: Path) -> None:
    assert last_words("train", volumes=tmp_path)[0] == 2
    code, reason = last_words("infer", volumes=tmp_path)
    assert (code, "no model" in reason) == (1, True)
    code, reason = last_words("prepare", volumes=tmp_path)
    assert (code, reason.startswith("error: ")) == (1, True)


def test_container_configs_hold_what_medperf_asks_for(model: Path) -> None:
    """Its fields, and volumes by the names that its client fills in."""
    yaml = pytest.importorskip("yaml")
    known = {"data_path", "labels_path", "output_path", "output_labels_path"}
    known |= {"additional_files", "predictions", "labels"}
    configs = [one for one in hospital_files(model) if one.name.endswith("container_config.yaml")]
    assert [one.name.partition("/")[0] for one in configs] == list(TASKS)
    for one in configs:
        document = yaml.safe_load(one.data)
        assert (document["container_type"], "image" in document) == ("DockerImage", True)
        for task in document["tasks"].values():
            volumes = {**task["input_volumes"], **task.get("output_volumes", {})}
            assert volumes.keys() <= known
            for volume in volumes.values():
                assert volume["type"] in ("file", "directory")
                assert volume["mount_path"].startswith(VOLUMES)


def test_a_kit_of_a_model_holds_nothing_private(model: Path) -> None:
    files: list[KitFile] = [*algorithm_files(model), *hospital_files(model)]
    assert {one.audience for one in files} == {"public"}
