"""Files that hold names and addresses of hosts: written whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write UTF-8 text beside *path* and move it into place. Line ends stay as they are.

    Raises:
        OSError: the file cannot be written; one that was there before is then still whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A file that mkstemp makes is its owner's alone, on Windows by the folder's rules.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
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
