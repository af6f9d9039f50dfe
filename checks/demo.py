"""The demo: the lab's hosts audited over WinRM, the reports, the site. And the lab alone, for any WinRM client."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from checks import console
from checks.audit import Report, Run, Stage, audit, collect, select
from checks.console import Exit, UserError, say
from checks.i18n import DEFAULT, Verbatim, _
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Endpoint, Lab, LabError
from checks.paths import ROOT
from checks.report import write
from checks.transports import Target
from checks.transports.winrm import WinRM


def serve_lab(http_port: int, https_port: int) -> int:
    """Run the lab until Ctrl-C, and say how to reach it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        # A service manager, a closed terminal, and a shell that started it in the background: nothing remains then.
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.default_int_handler)
    # Whoever ends it may be quicker than we are with the last line.
    with _lab(http_port, https_port) as lab, suppress(KeyboardInterrupt):
        print(say(_("The lab replays recorded facts over WinRM; it does not run PowerShell. Ctrl+C ends it.")))
        if lab.note:
            print(say(lab.note))
        # A password of the user's own may open more than the lab.
        shown = "HVNET_PASSWORD" if os.environ.get("HVNET_PASSWORD") else lab.password
        print(say(_("Account: {user}   password: {password}", user=Verbatim(lab.user), password=Verbatim(shown))))
        print(say(_("Certificate to trust: {path}", path=Verbatim(lab.ca_bundle))))
        for endpoint in lab.endpoints:
            print(f"  {endpoint.name:<14} {endpoint.address}  http {endpoint.http_port}  https {endpoint.https_port}")
        first = lab.endpoints[0]
        print(say(_("Try it, with the password in HVNET_PASSWORD:")))
        port = "" if first.https_port == 5986 else f":{first.https_port}"
        print(f"  hvnet check {first.address}{port} --user {lab.user} --ca-bundle {lab.ca_bundle}", flush=True)
        _wait()
    return Exit.OK


def run_demo(folder: Path, port: int | None) -> int:
    """Audit the lab, write the reports, build the site, and serve it where a port is given.

    Findings on the demo's hosts are expected: only a demo that did not work is an error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = _audit_lab()
    write(report, "table", console.LANGUAGE, None)
    for kind in ("html", "json"):
        write(report, kind, console.LANGUAGE, folder / f"report.{kind}")
        print(folder / f"report.{kind}")
    site = _build_site(folder)
    if any(host.error for host in report.hosts):
        raise UserError(_("the demo did not read every host of its own lab"), Exit.FAILED)
    if port is not None:
        _serve(site, folder, port)
    return Exit.OK


def _audit_lab() -> Report:
    guidelines = select()
    with _lab(0, 0) as lab, _progress() as progress:
        task = progress.add_task(say(_("Reading the lab's hosts over WinRM")), total=len(lab.endpoints), host="")

        def tell(host: str, stage: Stage) -> None:
            progress.update(task, host=host, advance=1 if stage in (Stage.DONE, Stage.FAILED) else 0)

        runs: dict[str, Run] = {
            endpoint.name: WinRM(_target(endpoint, lab, https=position % 2 == 0)).run
            for position, endpoint in enumerate(lab.endpoints)
        }
        collected = collect(runs, guidelines, tell)
    return audit(collected, guidelines)


def _target(endpoint: Endpoint, lab: Lab, *, https: bool) -> Target:
    """A lab host, by turns over HTTPS and over HTTP with encrypted messages: both ways are shown."""
    return Target(
        name=endpoint.name,
        address=endpoint.address,
        port=endpoint.https_port if https else endpoint.http_port,
        https=https,
        user=lab.user,
        password=lab.password,
        ca_bundle=lab.ca_bundle,
        timeout=60,
    )


@contextmanager
def _lab(http_port: int, https_port: int) -> Iterator[Lab]:
    machines = [RecordedHost(recording) for recording in all_recordings()]
    password = os.environ.get("HVNET_PASSWORD")
    try:
        with Lab(machines, http_port=http_port, https_port=https_port, password=password) as lab:
            yield lab
    except LabError as error:
        raise UserError(error.reason) from None


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[host]}"),
        console=console.err(),
    )


def _build_site(folder: Path) -> Path:
    """Run the guidelines' cases, so that the site can show their results, and build it strictly in all languages."""
    if not (ROOT / "mkdocs.yml").exists():
        raise UserError(_("the demo builds the site from a checkout; there is none here"))
    site = (folder / "site").resolve()
    junit = (folder / "junit.xml").resolve()
    print(say(_("Running the guidelines' cases")), flush=True)
    _run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/guidelines", f"--junitxml={junit}"])
    print(say(_("Building the site")), flush=True)
    _run([sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)], HVNET_JUNIT=str(junit))
    print(site)
    return site


def _run(command: list[str], **variables: str) -> None:
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", **variables}
    done = subprocess.run(  # noqa: S603 - our own tools
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise UserError(
            _("{command} failed; its output is above", command=Verbatim(" ".join(command[2:4]))), Exit.FAILED
        )


def _serve(site: Path, folder: Path, port: int) -> None:
    language = "" if console.LANGUAGE == DEFAULT else f"{console.LANGUAGE}/"
    with serving(site, port) as address:
        print(say(_("The report: {path}", path=Verbatim((folder / "report.html").resolve().as_uri()))))
        print(say(_("The site: {address}   (Ctrl+C ends it)", address=Verbatim(address + language))), flush=True)
        _wait()


@contextmanager
def serving(site: Path, port: int) -> Iterator[str]:
    """Serve a folder on loopback; the address that it has. Where the port is taken, the system chooses another."""
    handler = functools.partial(_Quiet, directory=str(site))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    with server:
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves the built site and keeps its log to itself; unknown addresses get the site's own page."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != 404 or not page.exists():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _wait() -> None:
    """Sleep until Ctrl-C, which is how a person ends it."""
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()
