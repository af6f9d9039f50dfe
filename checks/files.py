"""Files that hold names and addresses of hosts: written whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from checks.i18n import Message, Verbatim, _

_ELSEWHERE = ("/dev/", "/proc/")
"""What stands there is never replaced: it is the system's."""


def write_private(path: Path, text: str) -> None:
    """Write UTF-8 text beside *path* and move it into place. Line ends stay as they are.

    A link stays a link, and what is no file, such as a device or a pipe, is written to.

    Raises:
        OSError: the file cannot be written; one that was there before is then still whole.
    """
    make_folder(path.parent)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if str(path.absolute()).startswith(_ELSEWHERE) or (path.exists() and not path.is_file()):
        with path.open("wb") as stream:
            stream.write(text.encode("utf-8"))
        return
    try:
        _replace(Path(os.path.realpath(path)), text.encode("utf-8"))
    except OSError as error:
        # Not the name of the temporary file: nobody has asked for that.
        error.filename, error.filename2 = str(path), None
        raise


def make_folder(folder: Path) -> None:
    """Make a folder, with those above it.

    Raises:
        OSError: it cannot be made, or is there and no folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None


def try_folder(folder: Path) -> None:
    """Make a folder and see that files can be written there: better now than after all hosts were asked.

    Raises:
        OSError: they cannot.
    """
    make_folder(folder)
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".hvnet.")
    except OSError as error:
        error.filename = str(folder)
        raise
    os.close(handle)
    Path(temporary).unlink()


def why(error: OSError) -> Message:
    """Why a file could not be used, in the user's language where it is one of the usual reasons."""
    said = error.strerror or type(error).__name__
    return _REASONS.get(error.errno or 0) or Message("{error}", {"error": Verbatim(said)})


_DENIED = _("access is denied")
_REASONS = {
    errno.ENOENT: _("there is no such file or folder"),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EISDIR: _("it is a folder"),
    errno.ENOTDIR: _("it is not a folder, or lies in something that is none"),
    errno.ENOSPC: _("the disk is full"),
    errno.EROFS: _("the disk is read-only"),
}


def syntax(error: Exception) -> Message:
    """What a parser objects to, and in which line; its own words are English."""
    said = Verbatim(" ".join(str(getattr(error, "problem", None) or error).split()))
    mark = getattr(error, "problem_mark", None)
    return (
        Message("{problem}", {"problem": said})
        if mark is None
        else _("line {line}: {problem}", line=Verbatim(mark.line + 1), problem=said)
    )


def _replace(path: Path, content: bytes) -> None:
    # A file that mkstemp makes is its owner's alone, on Windows by the folder's rules.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def file_names(hosts: Iterable[str]) -> dict[str, str]:
    """A file name without suffix for each host: safe everywhere, and never the same for two, whatever the case."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for host in hosts:
        stem = name = "".join(c if c.isalnum() or c in "-._" else "_" for c in host)
        number = 2
        while name.lower() in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name.lower())
        names[host] = name
    return names
