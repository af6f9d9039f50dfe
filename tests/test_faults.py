"""One audit of healthy and faulty hosts together: no fault costs another host anything, and each says what to do.

A clock that is off matters to Kerberos alone; it is with the tests of Kerberos.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from fake_machine import tcp_server
from faulty import (
    HTML,
    Faulty,
    accepting_nothing,
    answers,
    loses_replies_to_command,
    loses_shells,
    misbehaving,
    never_ends,
    prints,
    prints_50_mb,
    prints_an_error,
    prints_no_end,
    prints_no_utf8,
    refusing,
    resets,
    says,
    sends_half,
    trickles,
)

from checks.audit import HostReport, Report, Stage, audit, collect, select
from checks.i18n import Message, translations
from checks.lab import certificate as certificates
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab, Stats
from checks.model import Verdict
from checks.transports import Target
from checks.transports.winrm import CLEANUP_SECONDS, WinRM

CANARY = "C4nary-Pa55word"
SHORT, LONG = 3.0, 40.0
"""Timeouts: of hosts whose fault is to take too long, and of all others."""

FAULTS: dict[str, tuple[str, str]] = {
    "refuses": ("unreachable", "refuses connections; WinRM is not enabled"),
    "accepts nothing": ("unreachable", "does not answer; the host is off, or a firewall"),
    "never answers": ("timeout", "did not finish within 3 s; allow more time"),
    "resets": ("protocol", "broke the connection in the middle of the exchange, twice; look at the WinRM service"),
    "401": ("authentication", "refused the user name or the password of Administrator"),
    "500": ("protocol", "HTTP status 500 instead of WS-Management; check that WinRM listens there"),
    "HTML": ("protocol", "such as a web page; check the address and the port"),
    "garbage XML": ("protocol", "something that is not WS-Management"),
    "half a response": ("protocol", "broke the connection in the middle of the exchange, twice; look at"),
    "no UTF-8": ("protocol", "holds characters that the script does not print"),
    "50 MB": ("protocol", "sent far more than the script can print"),
    "never ends": ("timeout", "did not finish within 3 s; allow more time or look at the load"),
    "quota": ("refused", "has reached a WinRM quota"),
    "shell vanishes": ("refused", "ended our shell, twice"),
    "reply lost": ("protocol", "broke the connection in the middle of the exchange, twice"),
    "trickles": ("timeout", "did not finish within 3 s"),
    "expired": ("tls", "has expired; renew it"),
    "untrusted": ("tls", "is not trusted"),
    "wrong name": ("tls", "is for another name; use the name that it was issued for"),
    "no end": ("protocol", "was cut off before its end. Ask the host again"),
    "wrong shape": ("protocol", "has no facts"),
    "wrong errors": ("protocol", "errors does not hold what belongs there"),
    "nested": ("protocol", "does not hold valid JSON"),
    "blocked": (
        "protocol",
        "did not run the script and ended with exit code 1: “This program is blocked by group policy.”",
    ),
    "must change": ("authentication", "must change"),
    "must change, in words": ("authentication", "has expired or must change; change it in Windows"),
}
"""Each fault with the kind and words of its row."""

ONCE = ("reply lost once", "shell vanishes once")
"""Faults that a second try gets over."""


def machines() -> list[Faulty]:
    return [
        Faulty("resets", wire=resets),
        Faulty("401"),
        Faulty("must change"),
        Faulty("must change, in words", answer=says(1907, "The user's password must be changed before signing in. ")),
        Faulty("500", answer=answers(500, b"")),
        Faulty("HTML", answer=answers(200, HTML)),
        Faulty("garbage XML", answer=answers(200, b"<s:Envelope><s:Body>\x00")),
        Faulty("half a response", wire=sends_half),
        Faulty("no UTF-8", output=prints_no_utf8),
        Faulty("50 MB", output=prints_50_mb),
        Faulty("never ends", output=never_ends),
        Faulty("shell vanishes", answer=loses_shells(10)),
        Faulty("shell vanishes once", answer=loses_shells(1)),
        Faulty("reply lost", answer=loses_replies_to_command(10)),
        Faulty("reply lost once", answer=loses_replies_to_command(1)),
        Faulty("trickles", wire=trickles),
        Faulty("untrusted"),
        Faulty("no end", output=prints_no_end),
        Faulty("wrong shape", output=prints('["facts"]')),
        Faulty("wrong errors", output=prints('{"schema": 1, "facts": {}, "errors": ["x"]}')),
        Faulty("nested", output=prints('{"schema": 1, "facts": ' + "[" * 600 + "]" * 600 + "}")),
        Faulty("blocked", output=prints_an_error),
    ]


@dataclass
class Outcome:
    """The audit of all hosts, that of the healthy ones alone, and what was seen meanwhile."""

    report: Report
    alone: Report
    seconds: float
    stats: Mapping[str, Stats]
    took: dict[str, float] = field(default_factory=dict)

    def host(self, name: str) -> HostReport:
        return next(each for each in self.report.hosts if each.name == name)


@contextlib.contextmanager
def lab(*hosts: Faulty | RecordedHost, **options: object) -> Iterator[tuple[Lab, dict[str, Target]]]:
    """A lab, and the targets of its hosts: by turns over HTTPS and HTTP, faulty ones over HTTPS."""
    with Lab(hosts, password=CANARY, http_port=0, https_port=0, **options) as running:  # type: ignore[arg-type]
        targets = {}
        for position, (host, each) in enumerate(zip(hosts, running.endpoints, strict=True)):
            https = isinstance(host, Faulty) or position % 2 == 0
            port = each.https_port if https else each.http_port
            targets[each.name] = Target(
                each.name, each.address, port, https, running.user, CANARY, running.ca_bundle, timeout=LONG
            )
        yield running, targets


def bad_certificates(stack: contextlib.ExitStack) -> Iterator[tuple[Lab, dict[str, Target]]]:
    expired = certificates.make(["127.10.0.1"], valid_until=datetime.now(UTC) - timedelta(days=1))
    elsewhere = certificates.make(["127.99.0.1", "elsewhere"])
    for name, certificate in (("expired", expired), ("wrong name", elsewhere)):
        yield stack.enter_context(lab(Faulty(name), certificate=certificate))
    yield stack.enter_context(lab(Faulty("quota"), max_shells=0))


def without_winrm(stack: contextlib.ExitStack) -> dict[str, Target]:
    ports = {
        "refuses": stack.enter_context(refusing()),
        "accepts nothing": stack.enter_context(accepting_nothing()),
        "never answers": stack.enter_context(tcp_server(lambda client: time.sleep(SHORT + 1))),
    }
    return {
        name: Target(name, "127.0.0.1", port, False, "Administrator", CANARY, timeout=SHORT)
        for name, port in ports.items()
    }


def changed(targets: dict[str, Target]) -> dict[str, Target]:
    """What is faulty about the client's side, and shorter timeouts for hosts that take them up."""
    changes: dict[str, dict[str, object]] = {
        "401": {"password": "wrong"},
        "must change": {"password": "to be changed"},
        "untrusted": {"ca_bundle": None},
        "never ends": {"timeout": SHORT},
        "trickles": {"timeout": SHORT},
    }
    return {name: replace(target, **changes.get(name, {})) for name, target in targets.items()}  # type: ignore[arg-type]


def timed(targets: Mapping[str, Target], took: dict[str, float] | None = None) -> tuple[Report, float]:
    """An audit as ``hvnet check`` makes it, and its seconds; *took* gets those of each host."""
    began: dict[str, float] = {}

    def tell(host: str, stage: Stage) -> None:
        if stage is Stage.COLLECTING:
            began[host] = time.monotonic()
        elif took is not None and stage in (Stage.DONE, Stage.FAILED):
            took[host] = time.monotonic() - began[host]

    start = time.monotonic()
    guidelines = select()
    collected = collect({name: WinRM(target).run for name, target in targets.items()}, guidelines, tell)
    seconds = time.monotonic() - start
    return audit(collected, guidelines), seconds


@pytest.fixture(scope="module")
def outcome() -> Iterator[Outcome]:
    with contextlib.ExitStack() as stack:
        stack.enter_context(misbehaving())
        healthy = stack.enter_context(lab(*(RecordedHost(each) for each in all_recordings())))
        faulty = [stack.enter_context(lab(*machines())), *bad_certificates(stack)]
        took: dict[str, float] = {}
        targets = dict(healthy[1])
        for _, more in faulty:
            targets |= changed(more)
        targets |= without_winrm(stack)
        alone, _ = timed(healthy[1])
        report, seconds = timed(targets, took)
        stats = {name: running.stats(name) for running, named in (healthy, *faulty) for name in named}
        yield Outcome(report, alone, seconds, stats, took)


def verdicts(report: Report, names: set[str]) -> dict[tuple[str, str], tuple[Verdict, list[str], str]]:
    return {
        (part.name, result.guideline.code): (
            result.verdict,
            [str(finding.message) for finding in result.findings],
            str(result.reason),
        )
        for part in (*report.hosts, *report.clusters)
        for result in part.results
        if part.name in names
    }


def test_every_host_is_a_row(outcome: Outcome) -> None:
    assert {each.name for each in outcome.report.hosts} == {
        *(each.name for each in all_recordings()), *FAULTS, *ONCE
    }  # fmt: skip


def test_the_healthy_hosts_verdicts_are_those_without_faulty_hosts(outcome: Outcome) -> None:
    names = {each.name for each in (*outcome.alone.hosts, *outcome.alone.clusters)}
    assert len(names) > 9, "hosts and clusters"
    assert not [each.name for each in outcome.alone.hosts if each.error]
    assert verdicts(outcome.report, names) == verdicts(outcome.alone, names)
    assert [each.name for each in outcome.report.clusters] == [each.name for each in outcome.alone.clusters]


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_host_says_what_to_do(outcome: Outcome, name: str) -> None:
    host = outcome.host(name)
    kind, words = FAULTS[name]
    assert host.error is not None
    english = str(host.error)
    assert (host.error_kind, words in english) == (kind, True), english
    assert english.startswith(english[0].upper())
    assert english.endswith(".")
    assert CANARY not in english
    assert {result.verdict for result in host.results} == {Verdict.UNKNOWN}
    assert len(host.results) == len(outcome.report.guidelines)


def texts(message: Message) -> Iterator[str]:
    """A message's sentence and those within it."""
    yield message.text
    for value in message.values.values():
        if isinstance(value, Message):
            yield from texts(value)


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_host_says_it_in_portuguese(outcome: Outcome, name: str) -> None:
    error = outcome.host(name).error
    assert error is not None
    assert [text for text in texts(error) if translations("pt-BR").gettext(text) == text] == []
    assert error.render("pt-BR") != error.render("en")


@pytest.mark.parametrize("name", ONCE)
def test_what_fails_once_is_asked_again(outcome: Outcome, name: str) -> None:
    host, twin = outcome.host(name), outcome.host("HV16")
    assert host.error is None
    assert [each.verdict for each in host.results] == [each.verdict for each in twin.results]
    assert outcome.stats[name].processes == 2


def test_no_shell_is_left_behind(outcome: Outcome) -> None:
    assert {name: stats.shells_open for name, stats in outcome.stats.items() if stats.shells_open} == {}
    assert outcome.stats["never ends"].shells_created == 1
    assert outcome.stats["trickles"].shells_created == 1


@pytest.mark.parametrize("name", ["401", "must change"])
def test_a_refused_password_is_given_once(outcome: Outcome, name: str) -> None:
    stats = outcome.stats[name]
    assert (stats.connections, stats.requests, stats.shells_created) == (1, 3, 0), (
        "a request, then the two messages of NTLM"
    )


def test_every_host_ends_by_its_timeout(outcome: Outcome) -> None:
    late = {name: took for name, took in outcome.took.items() if took > SHORT + CLEANUP_SECONDS + 1}
    assert set(late) <= {"50 MB"}
    assert outcome.seconds < LONG
