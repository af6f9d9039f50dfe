"""Redaction: nothing tells any more whose snapshots they are, and every verdict is the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import typer.main
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import console
from checks.audit import Collected, audit
from checks.cli import app
from checks.facts.base import Fact
from checks.guidelines import all_guidelines
from checks.lab.machine import Stdin
from checks.lab.queries import all_facts
from checks.lab.recordings import all_recordings
from checks.lab.replay import RecordedHost
from checks.pseudonyms import Pseudonyms
from checks.redact import DEVICES, KEPT, NAMES, NUMBERS, PATHS, SERVERS, TEXTS, redact
from checks.snapshot import Snapshot, dump, from_facts, load, parse
from checks.transports import Output
from checks.transports.local import Local

KEY = b"of the tests"
RECORDED = {each.name: each.snapshot for each in all_recordings()}
REDACTED = redact(RECORDED, KEY)


def judged(snapshots: Mapping[str, Snapshot]) -> list[Any]:
    """Verdicts and severities, host by host in the order of the audit, then cluster by cluster."""
    report = audit(Collected(snapshots=dict(snapshots)), all_guidelines())
    return [
        [(r.guideline.code, r.verdict, [r.severity_of(f) for f in r.findings], r.is_partial) for r in part.results]
        for part in (*report.hosts, *report.clusters)
    ]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def written(snapshots: Mapping[str, Snapshot]) -> str:
    return "\n".join([*snapshots, *map(dump, snapshots.values())])


def test_every_verdict_and_severity_is_the_same() -> None:
    assert judged(REDACTED) == judged(RECORDED)


@pytest.mark.parametrize("key", [b"1", b"2", b"3", b"4"])
def test_the_verdicts_do_not_hang_on_the_key(key: bytes) -> None:
    assert judged(redact(RECORDED, key)) == judged(RECORDED)


def originals() -> set[str]:
    """What must not be found: all that is in the recordings' identifying properties, taken apart."""
    found: set[str] = set()
    for snapshot in RECORDED.values():
        for fact, rows in snapshot.facts.items():
            for row in rows:
                for name, value in row.items():
                    found |= set(_identifying(f"{fact}.{name}", list(strings([value]))))
    return found


def _identifying(place: str, values: list[str]) -> Iterator[str]:
    for value in values:
        if NAMES.get(place) in ("host", "cluster", "domain", "vm", "switch", "team", "volume"):
            yield value
        if place in NUMBERS:
            yield from re.findall(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}", value)
            yield from re.findall(r"^\d+\.\d+\.\d+\.\d+|^[\da-f:]*:[\da-f:]+", value)
        if place in DEVICES:
            yield value.rpartition("\\")[2]
        if place in PATHS:
            yield from re.split(r"[\\.]", value)


EVERYBODYS = re.compile(
    r"127\..*|::1?|[0-9]{1,4}|[A-Z]:|\??|ClusterStorage|Volume\d+|Volume\{.*|Virtual Hard Disks|Hyper-V|iso|vhdx?"
    r"|%SystemRoot%|System(?:32)?|vmms|exe",
    re.IGNORECASE,
)


def test_no_name_and_no_number_of_the_recordings_is_left() -> None:
    wanted = sorted(each for each in originals() if not EVERYBODYS.fullmatch(each))
    assert {"HV22-A", "HVCLU22", "corp.contoso.com", "SQL01", "Contabilidade – Produção", "10.22.21.11"} <= set(wanted)
    text = written(REDACTED)
    left = [each for each in wanted if re.search(rf"(?<![^\W_]){re.escape(each)}(?![^\W_])", text, re.IGNORECASE)]
    assert left == []


@pytest.mark.parametrize(
    "word", ["contoso", "HV-SAOPAULO", "HVCLU", "Aplicação", "Contabilidade", "lançamentos", "Gerência"]
)
def test_grep_finds_nothing(word: str) -> None:
    assert word.lower() in written(RECORDED).lower()
    assert word.lower() not in written(REDACTED).lower()


def test_what_windows_and_vendors_wrote_is_left_alone() -> None:
    for before, after in zip(RECORDED.values(), REDACTED.values(), strict=True):
        for fact, rows in before.facts.items():
            for old, new in zip(rows, after.facts[fact], strict=True):
                assert list(old) == list(new)
                assert {k: v for k, v in old.items() if f"{fact}.{k}" in KEPT} == {
                    k: v for k, v in new.items() if f"{fact}.{k}" in KEPT
                }


def test_a_redacted_snapshot_can_be_read_again() -> None:
    for name, snapshot in REDACTED.items():
        assert parse(dump(snapshot), name) == snapshot


def test_every_text_that_a_host_gives_is_decided_on() -> None:
    """A new property with text belongs into one of the tables of checks/redact.py."""
    decided = {*NAMES, *PATHS, *SERVERS, *TEXTS, *DEVICES, *NUMBERS, *KEPT}
    found = set()
    for fact in all_facts():
        for attribute, info in fact.model_fields.items():
            if _holds_text(info.annotation):
                found.add(f"{fact.__name__}.{fact.property_name(attribute)}")
    assert found - decided == set()


def _holds_text(annotation: Any) -> bool:
    if annotation is str:
        return True
    return get_origin(annotation) is not None and any(_holds_text(each) for each in get_args(annotation))


# Names inside other strings.


def host(**more: Any) -> dict[str, Any]:
    return {"OperatingSystem": {"CSName": "SRV-SP01"}, "VM": [{"Name": "Folha de Pagamento", "Id": "x"}], **more}


def redacted_message(message: str, called: str = "srv-sp01.filial.contoso.com") -> str:
    snapshot = from_facts(host(), {"VMSwitch": {"id": "x", "message": message}})
    (result,) = redact({called: snapshot}, KEY).values()
    return result.errors["VMSwitch"].message


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("srv-sp01: access denied", "host-1: access denied"),
        ("SRV-SP01_old and xSRV-SP01", "host-1_old and xSRV-SP01"),
        ("srv-sp01.filial.contoso.com", "host-1.domain-1.example"),
        ("srv-rj02.filial.contoso.com", "host-2.domain-1.example"),
        ("CONTOSO\\maria.silva", "DOMAIN\\user"),
        ("NT AUTHORITY\\SYSTEM in root\\cimv2", "NT AUTHORITY\\SYSTEM in root\\cimv2"),
        ("maria@contoso.com", "user@domain.example"),
        ("FOLHA DE PAGAMENTO", "vm-1"),
        ("\\\\srv-sp01\\c$\\Users\\maria", "\\\\host-1\\c$\\Users\\folder-1"),
        ("'\\\\nas 9\\vms\\Folha de Pagamento\\a b.vhdx'", "'\\\\host-2\\folder-1\\vm-1\\file-1.vhdx'"),
        ("S-1-5-32-544", "S-1-5-32-544"),
        ("00:15:5d:01:02:03 and 00-15-5D-01-02-03", None),
        ("S-1-5-21-1004336348-1177238915-682003330-512", None),
        ("203.0.113.7 and 2001:470:1f0b::7 and fe80::215:5dff:fe01:203%12", None),
    ],
)
def test_names_and_numbers_inside_a_message(message: str, expected: str | None) -> None:
    made = redacted_message(message)
    if expected is not None:
        assert made == expected
    else:
        assert not {part for part in message.split(" and ") if part in made}
        assert len(made.split(" and ")) == len(message.split(" and "))


def test_a_mac_address_stays_the_same_however_it_is_written() -> None:
    numbers = Pseudonyms(KEY)
    assert numbers.mac("00:15:5d:01:02:03") == numbers.mac("00-15-5D-01-02-03").replace("-", ":").lower()
    assert numbers.mac("00155D010203") == numbers.mac("00-15-5D-01-02-03").replace("-", "")


def test_the_last_part_of_a_sid_stays() -> None:
    assert redacted_message("S-1-5-21-1-2-3-512").endswith("-512")


def test_accents_in_either_form_are_found() -> None:
    errors = {"VMSwitch": {"id": "x", "message": "Aplicac\u0327a\u0303o"}}
    (made,) = redact({"h": from_facts({"VM": [{"Name": "Aplicação"}]}, errors)}, KEY).values()
    assert made.errors["VMSwitch"].message == "vm-1"


def test_a_name_is_the_same_word_in_every_file() -> None:
    nodes = [{"Name": "n1"}, {"Name": "n2"}]
    snapshots = {
        n["Name"]: from_facts({"OperatingSystem": {"CSName": n["Name"].upper()}, "ClusterNode": nodes}) for n in nodes
    }
    made = redact(snapshots, KEY)
    assert list(made) == ["host-1", "host-2"]
    assert [each.facts["ClusterNode"] for each in made.values()] == [[{"Name": "host-1"}, {"Name": "host-2"}]] * 2


def test_names_keep_the_order_in_which_checks_see_them() -> None:
    names = ["Zeta", "alpha", "Beta", "n10", "n9", *(f"x{n}" for n in range(12))]
    made = redact({name: from_facts({"OperatingSystem": {"CSName": name}}) for name in names}, KEY)
    by_old = dict(zip(names, made, strict=True))
    assert sorted(made) == [by_old[name] for name in sorted(names)]


def test_a_host_that_was_named_twice_has_two_files() -> None:
    one = from_facts({"OperatingSystem": {"CSName": "HV01"}})
    assert list(redact({"hv01": one, "10.0.0.1": one, "hv01.contoso.com": one}, KEY)) == [
        "host-1", "host-1-2", "host-1-3"
    ]  # fmt: skip


def test_collect_writes_redacted_files(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recording = next(each for each in all_recordings() if each.name == "HV-SAOPAULO")

    def run(_self: Local, script: str) -> Output:
        stdin = Stdin()
        stdin.write(script.encode(), end=True)
        return Output(RecordedHost(recording).run("powershell", ["-Command", "-"], stdin).stdout.decode())

    monkeypatch.setattr(Local, "run", run)
    code = console.run(typer.main.get_command(app), ["collect", "--local", "--redact", "--output", str(tmp_path)])
    assert (code, capsys.readouterr().out) == (0, f"{tmp_path / 'host-1.json'}\n")
    text = (tmp_path / "host-1.json").read_text(encoding="utf-8")
    assert "HV-SAOPAULO" not in text
    assert (tmp_path / "host-1.json").stat().st_mode & 0o077 == 0
    assert judged({"x": load(tmp_path / "host-1.json")}) == judged({"x": recording.snapshot})


# Addresses.

ipv4 = st.sampled_from([(10, 8), (0xAC10, 16), (0xC0A8, 16), (0xA9FE, 16), (0x5D000000 >> 24, 8)]).flatmap(
    lambda top: st.integers(0, 2 ** (32 - top[1]) - 1).map(lambda low: top[0] << (32 - top[1]) | low)
)
ipv6 = st.sampled_from([0xFE80, 0xFD12, 0x2001]).flatmap(
    lambda top: st.integers(0, 2**112 - 1).map(lambda low: top << 112 | low)
)


def shared(one: int, other: int, width: int) -> int:
    return width - (one ^ other).bit_length()


@settings(max_examples=200, deadline=None)
@given(one=ipv4, low=st.integers(0, 2**16 - 1))
def test_subnets_stay_subnets(one: int, low: int) -> None:
    numbers, other = Pseudonyms(KEY), one >> 16 << 16 | low
    made = [int(ip_address(numbers.address(str(ip_address(each))))) for each in (one, other)]
    assert shared(*made, 32) == shared(one, other, 32)
    assert not ip_address(made[0]).is_global


@settings(max_examples=100, deadline=None)
@given(one=ipv6, low=st.integers(0, 2**80 - 1))
def test_ipv6_subnets_stay_subnets(one: int, low: int) -> None:
    numbers, other = Pseudonyms(KEY), one >> 80 << 80 | low
    made = [int(ip_address(numbers.address(str(ip_address(each))))) for each in (one, other)]
    assert min(shared(*made, 128), 64) == min(shared(one, other, 128), 64)
    assert not ip_address(made[0]).is_global


@pytest.mark.parametrize(
    "subnet", ["10.20.0.0/16", "192.168.4.0/22", "93.184.216.0/24", "2001:470:1f0b:7::/64", "fd00:1::/48"]
)
def test_a_subnet_is_written_with_its_prefix_and_as_a_subnet(subnet: str) -> None:
    made = Pseudonyms(KEY).addresses(subnet)
    assert made != subnet
    assert ip_network(made).prefixlen == ip_network(subnet).prefixlen


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "::1", "0.0.0.0/0", "::/0", "255.255.255.0", "{x}::*ReceiveBuffers", "12:30:45", "1.2.3"]
)
def test_what_is_on_every_host_stays(text: str) -> None:
    assert Pseudonyms(KEY).numbers(text) == text


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=40))
def test_any_name_is_redacted_without_error(text: str) -> None:
    snapshot = from_facts({"OperatingSystem": {"CSName": text}, "VM": [{"Name": text, "ConfigurationLocation": text}]})
    json.loads(dump(next(iter(redact({text: snapshot}, KEY).values()))))


def test_servers_are_named_as_hosts_are_whatever_follows_their_name() -> None:
    servers = ["HV01.corp.example.org", "hv01", "FS01.other.example.net", "10.1.2.3"]
    facts = {"ClusterNode": [{"Name": "HV01"}], "SmbConnection": [{"ServerName": each} for each in servers]}
    (made,) = redact({"HV01": from_facts(facts)}, KEY).values()
    (node,) = made.facts["ClusterNode"]
    found = [row["ServerName"] for row in made.facts["SmbConnection"]]
    assert found[0].partition(".")[0] == found[1] == node["Name"]
    assert found[2].partition(".")[0] not in (found[1], "FS01")
    assert found[0].partition(".")[2] != found[2].partition(".")[2]
    assert "10.1.2.3" not in found


def test_facts_are_known() -> None:
    known = {fact.__name__: fact for fact in all_facts()}
    for place in {*NAMES, *PATHS, *SERVERS, *TEXTS, *DEVICES, *NUMBERS, *KEPT}:
        fact, _dot, name = place.partition(".")
        assert issubclass(known[fact], Fact)
        assert name in known[fact].properties(), place
