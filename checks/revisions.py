"""Earlier versions of a file, from git."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_MARK = "\x01"


@dataclass(frozen=True)
class Version:
    """A file as a commit left it."""

    commit: str
    day: str
    text: str


def versions(root: Path, path: str) -> Iterator[Version]:
    """The versions of a file, the newest first, also under the names that it had before."""
    listed = _git(root, "log", "--follow", "--name-only", f"--format={_MARK}%h %cs", "--", path)
    for entry in (listed or "").split(_MARK)[1:]:
        about, *names = [line for line in entry.splitlines() if line]
        commit, _space, day = about.partition(" ")
        for name in names:
            text = _git(root, "show", f"{commit}:{name}")
            if text is not None:
                yield Version(commit, day, text)


def is_shallow(root: Path) -> bool:
    """Whether the clone has only the newest commits."""
    return (_git(root, "rev-parse", "--is-shallow-repository") or "").strip() == "true"


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails or is not there."""
    program = shutil.which("git")
    if program is None:
        return None
    command = [program, "-c", "core.quotepath=off", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)  # noqa: S603 - fixed, and no shell
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
