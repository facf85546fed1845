"""Reading a folder of cadence files from disk."""

import hashlib
from pathlib import Path

import pytest
from cadence_example import EXAMPLE

from contacts.cadences.faults import FaultyFile
from contacts.workspace.files import SIZE_LIMIT, load_cadences, readable_cadences, sound_cadences


def write(folder: Path, name: str, text: str = EXAMPLE) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text.replace("name: onboarding", f"name: {name}"), encoding="utf-8")
    return path


def faults_in(folder: Path) -> list[str]:
    with pytest.raises(FaultyFile) as raised:
        load_cadences(folder)
    return [str(fault).removeprefix(f"{folder}/") for fault in raised.value.faults]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("onboarding-b", "winback", "nurture", "onboarding"):
        write(tmp_path, name)
    loaded = load_cadences(tmp_path)
    names = [one.cadence.name for one in loaded]
    assert names == ["nurture", "onboarding", "onboarding-b", "winback"]
    assert loaded[1].source == EXAMPLE
    assert loaded[1].sha256 == hashlib.sha256(EXAMPLE.encode()).hexdigest()
    assert loaded[1].path == tmp_path / "onboarding.yaml"


def test_a_folder_without_cadences_has_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a cadence")
    (tmp_path / ".#onboarding.yaml").write_text("an editor's own")
    assert load_cadences(tmp_path) == []
    assert load_cadences(tmp_path / "absent") == []


def test_the_faults_of_all_files_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, "nurture", "")
    write(tmp_path, "onboarding")
    write(tmp_path, "winback", EXAMPLE.replace("purpose: service", "purpose: both"))
    assert [fault.split(" ")[0] for fault in faults_in(tmp_path)] == [
        "nurture.yaml:1:1:",
        "winback.yaml:3:10:",
    ]


def test_a_file_that_is_not_utf_8_is_told_at_the_first_wrong_byte(tmp_path: Path) -> None:
    text = EXAMPLE.replace("first 30 days", "für den Anfang").encode("latin-1")
    (tmp_path / "onboarding.yaml").write_bytes(text)
    assert faults_in(tmp_path) == ["onboarding.yaml:2:8: not UTF-8; save it as UTF-8"]


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "onboarding", EXAMPLE + "#" * SIZE_LIMIT)
    assert faults_in(tmp_path) == [
        "onboarding.yaml:1:1: too large; a cadence's file has at most 256 KiB"
    ]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "onboarding.yaml").mkdir()
    (tmp_path / "winback.yaml").symlink_to(tmp_path / "gone")
    assert faults_in(tmp_path) == [
        "onboarding.yaml:1:1: cannot be read: is a directory",
        "winback.yaml:1:1: cannot be read: no such file or directory",
    ]


def test_the_other_ending_of_yaml_files_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "onboarding.yml").write_text(EXAMPLE)
    assert faults_in(tmp_path) == ["onboarding.yml:1:1: rename it: a cadence's file ends in .yaml"]


def test_a_faulty_file_leaves_the_sound_ones(tmp_path: Path) -> None:
    write(tmp_path, "good")
    write(tmp_path, "bad", "name: bad\n")
    loaded, faults = sound_cadences(tmp_path)
    assert [one.name for one in loaded] == ["good"]
    assert {Path(fault.path).name for fault in faults} == {"bad.yaml"}


def test_a_faulty_file_keeps_its_name_beside_those_that_can_be_read(tmp_path: Path) -> None:
    write(tmp_path, "onboarding")
    for name in ("winback.yaml", "nurture.yml", "Not A Name.yaml"):
        (tmp_path / name).write_text("gaol: x\n")
    loaded, names = readable_cadences(tmp_path)
    assert [one.name for one in loaded] == ["onboarding"]
    assert names == ["nurture", "onboarding", "winback"]


def test_a_folder_of_which_no_file_can_be_read_is_refused(tmp_path: Path) -> None:
    assert readable_cadences(tmp_path) == ([], [])
    write(tmp_path, "nurture", "")
    with pytest.raises(FaultyFile):
        readable_cadences(tmp_path)
