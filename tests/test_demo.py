"""The demo and the lab as a person starts them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from urllib.error import HTTPError

import pytest

from checks import demo
from checks.audit import Collected, Report, audit, select
from checks.lab.recordings import all_recordings
from checks.model import Verdict


def verdicts(report: Report) -> dict[tuple[str, str], tuple[Verdict, list[str], str]]:
    return {
        (part.name, result.guideline.code): (
            result.verdict,
            [str(finding.message) for finding in result.findings],
            str(result.reason),
        )
        for part in (*report.hosts, *report.clusters)
        for result in part.results
    }


def test_what_comes_over_winrm_is_judged_as_what_was_recorded() -> None:
    over_winrm = demo._audit_lab()
    direct = audit(Collected({each.name: each.snapshot for each in all_recordings()}), select())
    assert not [host.error for host in over_winrm.hosts if host.error]
    assert verdicts(over_winrm) == verdicts(direct)
    assert len(over_winrm.hosts) >= 8
    assert {cluster.name for cluster in over_winrm.clusters} >= {"HVCLU19", "HVCLU22"}


def test_portuguese_names_arrive_unbroken() -> None:
    host = next(each for each in demo._audit_lab().hosts if each.name == "HV-SAOPAULO")
    assert host.snapshot is not None
    adapters = {row["Name"] for row in host.snapshot.facts["NetAdapter"]}
    assert {"Gerência", "Migração ao Vivo"} & adapters
    machines = {row["Name"] for row in host.snapshot.facts["VM"]}
    assert "Servidor de Aplicação" in machines


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "checks", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("end", [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_the_lab_leaves_nothing_however_it_is_ended(end: int) -> None:
    with started("lab", "--http-port", "0", "--https-port", "0", "--lang", "en") as lab:
        assert lab.stdout is not None
        lines: list[str] = []
        while not (lines and "hvnet check" in lines[-1]):
            lines.append(lab.stdout.readline())
            assert lines[-1], lab.stderr.read() if lab.stderr else ""
        lab.send_signal(end)
        assert lab.wait(30) == 0
    bundle = re.search(r"\S+\.pem", "".join(lines))
    assert bundle is not None
    assert not Path(bundle[0]).parent.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_the_lab_runs_until_ctrl_c_and_can_be_audited_meanwhile(tmp_path: Path) -> None:
    ports = ("--http-port", "0", "--https-port", "0")
    with started("lab", *ports, "--lang", "en", HVNET_PASSWORD="lab-password") as lab:
        assert lab.stdout is not None
        lines = []
        while not (lines and "hvnet check" in lines[-1]):
            lines.append(lab.stdout.readline())
            assert lines[-1], lab.stderr.read() if lab.stderr else ""
        printed = "".join(lines)
        assert "does not run PowerShell" in printed
        command = lines[-1].split()[1:]
        done = subprocess.run(
            [sys.executable, "-m", "checks", *command, "--format", "json"],
            capture_output=True,
            text=True,
            env={**os.environ, "HVNET_PASSWORD": "lab-password"},
            check=False,
        )
        assert done.returncode in (0, 1, 3), done.stderr
        assert '"error": null' in done.stdout
        assert "lab-password" not in "".join(lines), "a password of the user's own is not printed"
        lab.send_signal(signal.SIGINT)
        assert lab.wait(30) == 0
    bundle = re.search(r"\S+\.pem", printed)
    assert bundle is not None
    assert not Path(bundle[0]).exists(), "the lab's certificate stayed behind"


def test_the_site_is_served_on_loopback_with_its_own_404(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("home")
    (site / "404.html").write_text("not here / não está aqui", encoding="utf-8")
    with demo.serving(site, 0) as address:
        assert address.startswith("http://127.0.0.1:")
        assert get(address).read() == b"home"
        with pytest.raises(HTTPError) as failure:
            get(f"{address}nowhere/")
        assert failure.value.code == 404
        assert "não está aqui" in failure.value.read().decode()
        failure.value.close()
    assert not [thread for thread in threading.enumerate() if "serve_forever" in thread.name]


def get(address: str) -> HTTPResponse:
    response: HTTPResponse = urllib.request.urlopen(address, timeout=5)
    return response
