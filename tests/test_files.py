"""Files that are written: whole or not at all, where the user said, and nothing else in their place."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path

import pytest

from checks.files import try_folder, why, write_private

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")


@POSIX
def test_a_link_stays_a_link_and_its_file_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "www" / "report.html", tmp_path / "report.html"
    target.parent.mkdir()
    target.write_text("old")
    link.symlink_to(target)
    write_private(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o600


@POSIX
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_private(pipe, "text")
    reader.join(10)
    assert read == ["text"]
    assert pipe.is_fifo()


@POSIX
def test_a_device_is_left_as_it_is() -> None:
    write_private(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as caught:
        write_private(tmp_path, "text")
    assert caught.value.filename == str(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError) as nested:
        write_private(tmp_path / "file" / "report.json", "text")
    assert nested.value.filename == str(tmp_path / "file")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")
def test_a_folder_that_takes_no_files_is_found_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError) as caught:
        try_folder(Path("/proc/self"))
    assert caught.value.filename == "/proc/self"
    try_folder(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", ".report.json.x1")

    monkeypatch.setattr("tempfile.mkstemp", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_private(tmp_path / "report.json", "text")
    assert caught.value.filename == str(tmp_path / "report.json")


def test_usual_reasons_speak_the_language() -> None:
    assert why(OSError(errno.ENOSPC, "No space left on device")).render("pt-BR") == "o disco está cheio"
    assert why(FileNotFoundError(errno.ENOENT, "x")).render("en") == "there is no such file or folder"
    assert why(OSError(errno.EBUSY, "Device or resource busy")).render("pt-BR") == "Device or resource busy"
