"""Equal files are found among those that look alike where they are sampled."""

from __future__ import annotations

from pathlib import Path

from spgc.data.scan_files import EqualFiles, scan_files


def write(folder: Path, place: int) -> Path:
    """A file of DICOM's first bytes, with one byte that its sample does not show."""
    content = bytearray(b"\0" * 128 + b"DICM" + b"\0" * 20_000)
    content[place] = 1
    folder.mkdir()
    (folder / "IM0001.dcm").write_bytes(content)
    return folder


def test_the_third_of_one_sample_is_compared_with_both(tmp_path: Path) -> None:
    """Files of one sample that differ are no copies; each further one is compared with all."""
    copies, found = EqualFiles(), {}
    for case, place in (("P1", 6000), ("P2", 7000), ("P3", 7000), ("P4", 6000), ("P5", 8000)):
        files = scan_files(write(tmp_path / case, place))
        found[case] = [finding.what for finding in copies.findings(case, files)]
    assert len({file.sample for p in tmp_path.iterdir() for file in scan_files(p)}) == 1
    assert found["P1"] == found["P2"] == found["P5"] == []
    assert found["P3"] == ["1 file also in P2, byte for byte: IM0001.dcm"]
    assert found["P4"] == ["1 file also in P1, byte for byte: IM0001.dcm"]
