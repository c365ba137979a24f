"""Files are written whole or not at all."""

from pathlib import Path

import pytest

from sim.atomic import make_directory, replacing, write_bytes, write_text
from sim.errors import KaigongError


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_write_and_replace(tmp_path: Path):
    place = tmp_path / "deep" / "er" / "a.txt"
    write_text(place, "开工\r\n")
    assert place.read_bytes() == "开工\r\n".encode()
    write_bytes(place, b"new")
    assert place.read_bytes() == b"new"
    assert names(place.parent) == ["a.txt"]


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path: Path):
    place = tmp_path / "a.csv"
    write_text(place, "old")

    def half() -> None:
        with replacing(place) as temporary:
            assert temporary.suffix == ".csv"
            assert temporary.parent == tmp_path
            temporary.write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        half()
    assert place.read_text() == "old"
    assert names(tmp_path) == ["a.csv"]


def test_a_directory_that_cannot_be_made_says_what_to_do(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(KaigongError, match=r"the directory cannot be created .*; choose another place"):
        make_directory(tmp_path / "file" / "run")
    with pytest.raises(KaigongError, match="the directory cannot be created"):
        write_text(tmp_path / "file" / "run" / "a.txt", "x")


def test_a_file_that_cannot_be_written_says_what_to_do(tmp_path: Path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(KaigongError, match=r"taken: the file cannot be written .*; choose another place"):
        write_text(tmp_path / "taken", "x")
    assert names(tmp_path) == ["taken"]
