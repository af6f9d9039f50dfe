"""How fast a fleet is audited: lab hosts in a process of their own, one audit per number of threads, on loopback.

    python benchmarks/winrm_fleet.py --hosts 1 50 200 --threads 1 32 128

A lab host answers at once what a recorded host answered, after ``--delay`` seconds: what Windows takes to start
PowerShell and to collect. So the client is measured, not Windows, and not the lab's own PowerShell.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from checks.audit import WORKERS, audit, collect, select
from checks.lab.machine import ProcessResult, Stdin
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab
from checks.transports import Target
from checks.transports.accounts import Accounts
from checks.transports.winrm import WinRM

MAX_HOSTS, MAX_THREADS = 500, 256
STOP_SECONDS = 30


class Replayed:
    """A host that answers like a recorded one, each script worked out once for all hosts."""

    def __init__(self, name: str, delay: float) -> None:
        self.name = name
        self._delay = delay

    def run(self, command: str, arguments: Sequence[str], stdin: Stdin) -> ProcessResult:
        script = stdin.read()
        stdin.terminated.wait(self._delay)
        return _answer(command, tuple(arguments), script)


@functools.cache
def _answer(command: str, arguments: tuple[str, ...], script: bytes) -> ProcessResult:
    host = RecordedHost(next(each for each in all_recordings() if each.name == "HV16"))
    stdin = Stdin()
    stdin.write(script, end=True)
    return host.run(command, arguments, stdin)


def serve(hosts: int, delay: float, line: Connection) -> None:
    """The lab's process: tells its hosts, then its counters whenever asked, until the line closes."""
    machines = [Replayed(f"host{number:03}", delay) for number in range(hosts)]
    with Lab(machines, http_port=0, https_port=0) as lab:
        line.send((lab.user, lab.password, lab.ca_bundle, lab.endpoints))
        try:
            while line.recv():
                line.send([lab.stats(machine.name) for machine in machines])
        except EOFError:
            pass


@contextmanager
def fleet(hosts: int, delay: float, *, https: bool) -> Iterator[tuple[list[Target], Connection]]:
    """Targets of a lab in another process, and the line to it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(hosts, delay, theirs))
    process.start()
    theirs.close()
    try:
        user, password, bundle, endpoints = ours.recv()
        yield (
            [
                Target(e.name, e.address, e.https_port if https else e.http_port, https, user, password, bundle)
                for e in endpoints
            ],
            ours,
        )
    finally:
        ours.close()
        process.join(STOP_SECONDS)


@dataclass(frozen=True)
class Row:
    """One audit, measured."""

    hosts: int
    threads: int
    wall: float
    cpu: float
    requests: float
    connections: float
    shells_left: int
    failed: int

    def __str__(self) -> str:
        cells = (
            f"{self.hosts}", f"{self.threads}", f"{self.wall:.2f}", f"{self.hosts / self.wall:.1f}",
            f"{1000 * self.cpu / self.hosts:.1f}", f"{self.requests:g}", f"{self.connections:g}",
            f"{self.shells_left}", f"{self.failed}",
        )  # fmt: skip
        return f"| {' | '.join(cells)} |"


HEAD = """\
| hosts | threads | wall s | hosts/s | client CPU ms/host | requests/host | connections/host | shells left | failed |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


def measure(targets: Sequence[Target], line: Connection, threads: int) -> Row:
    """One audit with every guideline: collected over WinRM and judged."""
    before, guidelines, accounts = _stats(line), select(), Accounts()
    wall, cpu = time.perf_counter(), time.process_time()
    runs = {target.name: WinRM(target, accounts=accounts).run for target in targets}
    report = audit(collect(runs, guidelines, workers=threads), guidelines)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    requests, connections, left = (after - since for after, since in zip(_stats(line), before, strict=True))
    hosts = len(targets)
    failed = sum(host.error is not None for host in report.hosts)
    return Row(hosts, threads, wall, cpu, requests / hosts, connections / hosts, left, failed)


def _stats(line: Connection) -> tuple[int, int, int]:
    """Requests, connections and open shells of all hosts together."""
    line.send(True)
    stats = line.recv()
    return (
        sum(each.requests for each in stats),
        sum(each.connections for each in stats),
        sum(each.shells_open for each in stats),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast a fleet is audited over WinRM, on loopback.")
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 50, 200])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, WORKERS, 128])
    parser.add_argument("--delay", type=float, default=0.5, help="seconds that a host takes to run the script")
    parser.add_argument("--https", action="store_true", help="HTTPS instead of encrypted messages over HTTP")
    options = parser.parse_args()
    if max(options.hosts) > MAX_HOSTS or max(options.threads) > MAX_THREADS:
        parser.error(f"at most {MAX_HOSTS} hosts and {MAX_THREADS} threads")
    print(f"Python {platform.python_version()}, {sys.platform}, {multiprocessing.cpu_count()} cores, "
          f"{'HTTPS' if options.https else 'HTTP'}, {options.delay:g} s per script\n\n{HEAD}")  # fmt: skip
    for hosts in options.hosts:
        with fleet(hosts, options.delay, https=options.https) as (targets, line):
            measure(targets[:1], line, 1)  # imports and caches, on both sides
            for threads in options.threads:
                if threads <= max(hosts, 1):
                    print(measure(targets, line, threads), flush=True)


if __name__ == "__main__":
    main()
