"""Ansible's YAML inventories are understood as Ansible understands them."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.inventory import Entry, InventoryError, expand, load


def read(tmp_path: Path, text: str) -> dict[str, Entry]:
    path = tmp_path / "hosts.yml"
    path.write_text(text, encoding="utf-8")
    return {entry.name: entry for entry in load(path)}


FLEET = """
all:
  vars: {ansible_user: CONTOSO\\auditor, ansible_connection: winrm, ntp_server: "{{ site_ntp }}"}
  children:
    hyperv:
      vars: {ansible_winrm_transport: kerberos, ansible_port: 5986}
      hosts:
        hv[01:03]:
      children:
        edge:
          vars: {ansible_port: 5985}
          hosts:
            hv02: {ansible_host: 10.0.0.2}
    linux:
      hosts: {web01: }
"""


def test_ranges_groups_and_precedence(tmp_path: Path) -> None:
    hosts = read(tmp_path, FLEET)
    assert set(hosts) == {"hv01", "hv02", "hv03", "web01"}
    assert (hosts["hv01"].address, hosts["hv01"].port, hosts["hv01"].https) == ("hv01", 5986, True)
    assert (hosts["hv02"].address, hosts["hv02"].port, hosts["hv02"].https) == ("10.0.0.2", 5985, False)
    assert hosts["hv02"].groups == ("all", "hyperv", "edge")
    assert hosts["hv03"].variables["ansible_winrm_transport"] == "kerberos"
    assert hosts["web01"].variables == {"ansible_user": "CONTOSO\\auditor"}


def test_a_hosts_own_value_wins(tmp_path: Path) -> None:
    text = "all:\n  children:\n    g:\n      vars: {ansible_port: 1}\n      hosts: {a: {ansible_port: 2}}\n"
    assert read(tmp_path, text)["a"].port == 2


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("hv01", ["hv01"]),
        ("hv[1:3]", ["hv1", "hv2", "hv3"]),
        ("hv[08:10].contoso.com", ["hv08.contoso.com", "hv09.contoso.com", "hv10.contoso.com"]),
        ("hv[0:6:3]", ["hv0", "hv3", "hv6"]),
        ("[a:c]x", ["ax", "bx", "cx"]),
        ("r[1:2]n[1:2]", ["r1n1", "r1n2", "r2n1", "r2n2"]),
    ],
)
def test_ranges(pattern: str, names: list[str]) -> None:
    assert expand(pattern) == names


@pytest.mark.parametrize("pattern", ["hv[3:1]", "hv[1:b]", "hv[1:9:0]", "hv[1:999999999]", "a[1:999]b[1:999]"])
def test_ranges_that_are_slips(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        expand(pattern)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("all: [a, b]", "the group all is not a mapping"),
        ("- a", "no groups"),
        ("all:\n  hosts:\n", "no hosts"),
        ("all:\n  hosts: [a]\n", "all.hosts"),
        ("all: {hosts: {a: {ansible_port: many}}}", "ansible_port of a"),
        ("all: {hosts: {a: {ansible_port: 99999}}}", "ansible_port of a"),
        ("all: {hosts: {a: {ansible_winrm_scheme: ftp}}}", "known are http, https"),
        ("all: {hosts: {a: {ansible_user: '{{ user }}'}}}", "template"),
        ("all: {hosts: {'hv[3:1]': }}", "hv[3:1]"),
        ("all:\n  hosts: {a: {b: [}", "is not YAML"),
        ("all:\n  vars:\n    ansible_user: !vault |\n      6162\n  hosts: {a: }", "ansible_user of all is vaulted"),
    ],
)
def test_what_cannot_be_used_says_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InventoryError) as failure:
        read(tmp_path, text)
    assert says in str(failure.value)
    assert "hosts.yml" in str(failure.value)


def test_a_vaulted_value_that_is_not_read_is_ignored(tmp_path: Path) -> None:
    text = "all:\n  vars:\n    db_password: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6162\n  hosts: {a: }"
    assert set(read(tmp_path, text)) == {"a"}


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"nowhere\.yml"):
        load(tmp_path / "nowhere.yml")
