"""No identifying value of a DICOM file gets into any output, store, log or error of any command."""

from __future__ import annotations

import logging
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from spgc.cli.main import run
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
from tests.ct.dicom_files import images, make_slice, save
from tests.ct.metaimage_files import write_metaimage
from tests.ct.test_frames import enhanced

PLAN = CohortPlan(
    {"train": (1, 1, 1), "val": (1, 1, 1), "test2": (1, 1, 1)}, slices=(3, 3), size=64
)

KEYWORDS = """
    PatientName PatientID OtherPatientNames PatientBirthName PatientMotherBirthName
    PatientAddress PatientTelephoneNumbers PatientComments AdditionalPatientHistory Occupation
    EthnicGroup PatientReligiousPreference MedicalRecordLocator MilitaryRank BranchOfService
    CountryOfResidence RegionOfResidence IssuerOfPatientID PatientBirthDate PatientBirthTime
    LastMenstrualDate InstitutionName InstitutionAddress InstitutionalDepartmentName StationName
    ReferringPhysicianName ReferringPhysicianAddress ReferringPhysicianTelephoneNumbers
    PerformingPhysicianName PhysiciansOfRecord NameOfPhysiciansReadingStudy OperatorsName
    RequestingPhysician RequestingService ScheduledPerformingPhysicianName AccessionNumber StudyID
    AdmissionID AdmittingDiagnosesDescription CurrentPatientLocation PatientInstitutionResidence
    StudyDescription SeriesDescription ProtocolName RequestedProcedureDescription
    RequestedProcedureID PerformedProcedureStepID PerformedProcedureStepDescription
    ImageComments StudyComments DerivationDescription DeviceSerialNumber DetectorID PlateID
    StudyDate SeriesDate AcquisitionDate ContentDate StudyTime SeriesTime AcquisitionTime
    ContentTime AcquisitionDateTime StudyInstanceUID SeriesInstanceUID SOPInstanceUID
    FrameOfReferenceUID IrradiationEventUID DeviceUID ContrastBolusAgent
""".split()  # noqa: SIM905  readable

FILE_NAME = "zqfilename-smith-19500101-"
"""Begins the name of each file: messages name a file that is broken, nothing that is kept does."""

SHORTEST = 6
"""Characters: shorter values might stand in any file by chance."""


class Identity:
    """Values that stand nowhere else, and that are put into every file of one case."""

    def __init__(self, number: int) -> None:
        self.values = {
            keyword: _value(dictionary_VR(keyword), 1000 * (number + 1) + place)
            for place, keyword in enumerate(KEYWORDS)
        }
        self.private = f"Zqprivate{number}x"
        self.nested = f"Zqnested{number}x"
        self.preamble = f"Zqpreamble{number}x"
        self.site = f"ZQSITE{number}X"

    def plant(self, dataset: Dataset) -> None:
        for keyword, value in self.values.items():
            setattr(dataset, keyword, value)
        dataset.private_block(0x0011, self.private, create=True).add_new(1, "LO", self.private)
        inner = Dataset()
        inner.PatientID = inner.PatientName = self.nested
        dataset.OtherPatientIDsSequence = Sequence([inner])
        dataset.RequestAttributesSequence = Sequence([inner])
        dataset.file_meta.MediaStorageSOPInstanceUID = self.values["SOPInstanceUID"]
        dataset.file_meta.SourceApplicationEntityTitle = self.site
        dataset.preamble = self.preamble.encode().ljust(128, b"\0")

    def needles(self) -> set[str]:
        return {*self.values.values(), self.private, self.nested, self.preamble, self.site}


def _value(vr: str, number: int) -> str:
    match vr:
        case "UI":
            return f"2.25.77{number}31415926535"
        case "DA":
            return f"{1700 + number // 1000}{1 + number % 12:02}{1 + number % 28:02}"
        case "TM":
            return f"0314{number % 60:02}.{number:06}"
        case "DT":
            return f"17{number % 100:02}0314{number % 24:02}1516.{number:06}"
        case "SH" | "AE" | "CS":
            return f"ZQ{number}SHORT"
        case "PN":
            return f"Zqfamily{number}^Zqgiven{number}"
        case _:
            return f"Zqtext{number}, with words"


def planted(folder: Path, identity: Identity, fault: str = "") -> None:
    """Put the identity into all files of a scan, and then damage what `fault` names."""
    files = sorted(folder.rglob("*.dcm"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of UIDs that are none, as the release has them
        for path in files:
            dataset = pydicom.dcmread(path, force=True)
            identity.plant(dataset)
            dataset.save_as(path)
        FAULTS[fault](files)


def _cut_pixels(files: list[Path]) -> None:
    files[1].write_bytes(files[1].read_bytes()[:-1000])


def _cut_header(files: list[Path]) -> None:
    files[1].write_bytes(files[1].read_bytes()[:900])


def _empty(files: list[Path]) -> None:
    files[0].write_bytes(b"")


def _edit(keyword: str, value: object) -> Callable[[list[Path]], None]:
    def edit(files: list[Path]) -> None:
        dataset = pydicom.dcmread(files[1])
        setattr(dataset, keyword, value)
        dataset.save_as(files[1])

    return edit


def _twice(files: list[Path]) -> None:
    shutil.copy(files[1], files[1].with_name("again.dcm"))


def _garbage(files: list[Path]) -> None:
    content = bytearray(files[1].read_bytes())
    content[400:440] = b"\xff" * 40
    files[1].write_bytes(content)


FAULTS: dict[str, Callable[[list[Path]], None]] = {
    "": lambda _: None,
    "cut-pixels": _cut_pixels,
    "cut-header": _cut_header,
    "empty": _empty,
    "garbage": _garbage,
    "twice": _twice,
    "gap": lambda files: files[2].unlink(),
    "size": _edit("Rows", 8),
    "no-slope": _edit("RescaleSlope", None),
    "turned": _edit("ImageOrientationPatient", [0, 1, 0, 1, 0, 0]),
    "report": _edit("Modality", "SR"),
    "series": _edit("SeriesInstanceUID", "2.25.7799931415926535"),
}


METAIMAGES: dict[str, dict[str, str | None]] = {
    "mha-good": {},
    "mha-size": {"DimSize": "7 6 900"},
    "mha-type": {"ElementType": "MET_DOUBLE_ARRAY"},
    "mha-spacing": {"ElementSpacing": None},
    "mha-axes": {"TransformMatrix": "1 0 0 1 0 0 0 0 1"},
}
"""Whole and broken ones, by name: fields that a program copied from DICOM stand in each."""


@pytest.fixture(scope="module")
def needles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[bytes]]:
    """A cohort, damaged scans beside it, and all that must be found nowhere else."""
    place = tmp_path_factory.mktemp("identity")
    write_cohort(place / "cohort", PLAN, seed=5)
    needles = {"2.25.7799931415926535"}
    scans = [(path, "") for path in sorted({p.parent for p in (place / "cohort").rglob("*.dcm")})]
    for fault in FAULTS:
        folder = place / "own" / f"case-{fault or 'good'}"
        for index, image in enumerate(images(5, size=64)):
            save(make_slice(image, z=-2.0 * index, number=index + 1), folder / f"{index}.dcm")
        scans.append((folder, fault))
    for name, fault in (("whole", ""), ("cut", "cut-pixels")):
        folder = place / "own" / f"frames-{name}"
        save(enhanced(images(5, size=64)), folder / "all.dcm")
        save(enhanced(images(5, size=64)), folder / "second.dcm")
        if name == "whole":
            (folder / "second.dcm").unlink()
        scans.append((folder, fault))
    for number, (folder, fault) in enumerate(scans):
        identity = Identity(number)
        planted(folder, identity, fault)
        needles |= identity.needles()
        for path in folder.rglob("*.dcm"):
            path.rename(path.with_name(FILE_NAME + path.name))
    for name, changed in METAIMAGES.items():
        told = Identity(len(scans))
        fields = {"Comment": told.private, "0010|0010": told.nested, **told.values, **changed}
        needles |= {told.private, told.nested, *told.values.values()}
        write_metaimage(place / "mha" / f"{name}.mha", **fields)
    assert all(len(needle) >= SHORTEST for needle in needles)
    return place, {n.encode(c) for n in needles for c in ("utf-8", "utf-16-le")}


def found(content: bytes, needles: set[bytes]) -> list[bytes]:
    return [needle for needle in needles if needle in content]


def test_the_values_were_planted(needles: tuple[Path, set[bytes]]) -> None:
    """A few hundred in each cohort and folder: the search would find them."""
    place, values = needles
    for folder in ("cohort", "own"):
        content = b"".join(path.read_bytes() for path in (place / folder).rglob("*.dcm"))
        assert len(found(content, values)) > 500


COHORT = ("--data", "cohort", "--store", "out/store")
OWN = ("--data", "own", "--store", "out/store")
DENSITY = ("--model", "out/density")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("data", "check", "cohort"),
    ("data", "check", "own"),
    ("data", "check", "own", "--json"),
    ("data", "index", "own", "--out", "out/index"),
    ("data", "index", "own", "--out", "out/index2", "--json"),
    ("preprocess", *COHORT, "--jobs", "1"),
    ("preprocess", *OWN, "--jobs", "1"),
    ("preprocess", "--data", "own", "--store", "out/store2", "--jobs", "1", "--json"),
    ("train", "--system", "density", *COHORT, *DENSITY, "--jobs", "1"),
    ("train", "--system", "density", *OWN, "--model", "out/none", "--jobs", "1", "--json"),
    ("predict", *COHORT, *DENSITY, "--split", "test2", "--out", "out/a", "--jobs", "1"),
    ("predict", *OWN, *DENSITY, "--out", "out/b", "--jobs", "1"),
    ("predict", *OWN, *DENSITY, "--out", "out/c", "--allow-missing", "--jobs", "1", "--json"),
    ("validate", "out/a/submission.csv", "--manifests", "cohort/manifests"),
    ("score", "out/a/submission.csv", "--manifests", "cohort/manifests", "--json"),
    ("report", "out/a", "--data", "cohort", "--store", "out/store", *DENSITY),
    ("report", "out/a", "--data", "cohort", "--store", "out/store", *DENSITY, "--terminal"),
    ("explain", "syn-T2-001", *COHORT, *DENSITY, "--out", "out/explain"),
    ("importance", *COHORT, *DENSITY),
    ("figure", "1", *COHORT, *DENSITY, "--out", "out/figures"),
    ("figure", "3", *OWN, *DENSITY, "--out", "out/figures"),
    ("bench", "own/case-cut-pixels"),
    ("predict", "--data", "own/case-good", *DENSITY, "--store", "out/store4", "--out", "out/d"),
    ("predict", "--data", "own/case-no-slope", *DENSITY, "--store", "out/store4", "--out", "out/e"),
    ("preprocess", "--data", "mha", "--store", "out/store5", "--jobs", "1"),
    ("predict", "--data", "mha", *DENSITY, "--store", "out/store5", "--out", "out/f", "--json"),
    ("data", "check", "mha", "--json"),
    ("store", "check", "--store", "out/store", *DENSITY, "--json"),
    ("kit", "algorithm", "out/density", "-o", "out/algorithm"),
    ("kit", "medperf", "out/density", "-o", "out/medperf"),
    ("compare", "out/a/submission.csv", "--manifests", "cohort/manifests", "--split", "test2"),
    ("validate", "own/case-good"),
    ("challenge", "init", "out/mine", "--labels", "own/case-good"),
    ("submit", "own/case-good", "--server", "http://127.0.0.1:1", "--token-file", "own/case-good"),
    *(
        ("view", f"own/{name}", *OWN, "--out", f"out/{name}.png", "--no-show")
        for name in (*(f"case-{fault or 'good'}" for fault in FAULTS), "frames-whole", "frames-cut")
    ),
    ("view", "syn-T2-001", *COHORT, "--out", "out/view.png", "--no-show"),
)


def test_no_command_tells_an_identity(
    needles: tuple[Path, set[bytes]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    place, values = needles
    monkeypatch.chdir(place)
    caplog.set_level(logging.INFO)
    codes = {}
    for words in COMMANDS:
        monkeypatch.setattr(sys, "argv", ["spgc", *words])
        codes[words] = run()
        said = "".join(capfd.readouterr()) + caplog.text
        caplog.clear()
        assert "Traceback" not in said
        assert not found(said.encode(), values), words
        assert codes[words] in (0, 1, 2), said
    for path in left_behind(place):
        assert not found(str(path).encode(), values)
        content = path.read_bytes()
        assert not found(content, values), path
        assert FILE_NAME.encode() not in content, path
    wrong = {words for words in codes if codes[words]}
    assert {words[0] for words in COMMANDS if words not in wrong} >= {
        "data",
        "preprocess",
        "train",
        "predict",
        "validate",
        "score",
        "report",
        "view",
    }


def left_behind(place: Path) -> Iterator[Path]:
    """All files but the scans themselves."""
    return (
        path for path in place.rglob("*") if path.is_file() and path.suffix not in (".dcm", ".mha")
    )
