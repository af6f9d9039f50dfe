"""The report as JSON Lines: one line per host as soon as it is judged, then the clusters, then a summary.

The objects are those of the JSON report, each with its ``kind``. ``tail -f`` follows a long audit.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TextIO

from checks.audit import HostReport, Report
from checks.report.json import cluster_document, host_document, summary
from checks.report.text import json_text


def render(report: Report, language: str) -> str:
    """The lines of a report that is complete."""
    hosts = [_host(host, language) for host in report.hosts]
    return "".join([*hosts, *_ending(report, language)])


class Stream:
    """Writes lines while an audit runs, to a file or to standard output; each is on its way to the reader at once.

    What cannot be written must not end the audit: the error is kept and raised at the close.
    """

    def __init__(self, path: Path | None, language: str) -> None:
        self._path, self._language = path, language
        self._file: TextIO | None = None
        self._written: set[str] = set()
        self._error: OSError | None = None

    def host(self, host: HostReport) -> None:
        """Write the line of a host, once."""
        if host.name not in self._written:
            self._written.add(host.name)
            self._write(_host(host, self._language))

    def close(self, report: Report) -> None:
        """Write the hosts that have no line yet, the clusters and the summary.

        Raises:
            OSError: something could not be written, now or before.
        """
        for host in report.hosts:
            self.host(host)
        for line in _ending(report, self._language):
            self._write(line)
        if self._file is not None and self._path is not None:
            self._file.close()
        if self._error is not None:
            raise self._error

    def _write(self, line: str) -> None:
        if self._error is not None:
            return
        try:
            self._file = self._file or self._open()
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            self._error = error

    def _open(self) -> TextIO:
        if self._path is None:
            return sys.stdout
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Its owner's alone, as every other report is.
        return open(self._path, "w", encoding="utf-8", newline="\n", opener=_private)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _host(host: HostReport, language: str) -> str:
    return json_text({"kind": "host", **host_document(host, language)}) + "\n"


def _ending(report: Report, language: str) -> list[str]:
    clusters = [{"kind": "cluster", **cluster_document(cluster, language)} for cluster in report.clusters]
    closing = {"kind": "summary", **summary(report, language)}
    return [json_text(each) + "\n" for each in [*clusters, closing]]
