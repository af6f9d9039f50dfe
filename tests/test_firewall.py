"""What the firewall lets in, told from the ports, programs, profiles and addresses of its rules."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from checks.facts.firewall import Firewall, NetworkCategory
from checks.facts.needs import find
from checks.model import Unknown
from checks.snapshot import from_facts

SUBNET = ip_network("10.0.20.0/24")
PUBLIC, PRIVATE, DOMAIN = NetworkCategory.PUBLIC, NetworkCategory.PRIVATE, NetworkCategory.DOMAIN_AUTHENTICATED


def firewall(*rules: dict[str, Any], public: int = 1) -> Firewall:
    """A firewall with rules; what a rule does not say is as in the one that Windows has for SMB."""
    whole = [
        {"Profiles": 0, "Action": 2, "LocalPort": ["445"], "Program": "System", "RemoteAddress": ["Any"]} | rule
        for rule in rules
    ]
    tables: dict[str, Any] = {
        fact: [{"InstanceID": f"r{n}"} | {name: rule[name] for name in names} for n, rule in enumerate(whole)]
        for fact, names in {
            "FirewallRule": ("Profiles", "Action"),
            "FirewallPort": ("LocalPort",),
            "FirewallAddress": ("RemoteAddress",),
            "FirewallProgram": ("Program",),
        }.items()
    }
    tables["FirewallProfile"] = [{"Name": "Public", "Enabled": public}]
    found: Firewall = find(Firewall, from_facts(tables))
    return found


@pytest.mark.parametrize(
    ("rule", "lets_in"),
    [
        ({}, True),
        ({"LocalPort": ["Any"]}, True),
        ({"LocalPort": "445"}, True),
        ({"LocalPort": ["139", "440-450"]}, True),
        ({"LocalPort": ["446-450"]}, False),
        ({"LocalPort": ["445-"]}, True),
        ({"LocalPort": ["RPC"]}, False),
        ({"LocalPort": ["RPC-EPMap"]}, False),
        ({"Program": "Any"}, True),
        ({"Program": "%SystemRoot%\\System32\\svchost.exe"}, False),
        ({"Profiles": 4}, True),
        ({"Profiles": 7}, True),
        ({"Profiles": 3}, False),
        ({"Profiles": 0x7FFFFFFF}, True),
        ({"RemoteAddress": ["LocalSubnet"]}, True),
        ({"RemoteAddress": ["LocalSubnet4"]}, True),
        ({"RemoteAddress": ["LocalSubnet6"]}, False),
        ({"RemoteAddress": ["10.0.0.0/8"]}, True),
        ({"RemoteAddress": ["10.0.20.0/255.255.255.0"]}, True),
        ({"RemoteAddress": ["10.0.20.0/25"]}, False),
        ({"RemoteAddress": ["10.0.20.0-10.0.20.255"]}, True),
        ({"RemoteAddress": ["10.0.20.1-10.0.20.255"]}, False),
        ({"RemoteAddress": ["10.0.20.0-10.0.20.254"]}, False),
        ({"RemoteAddress": ["192.168.0.1", "10.0.20.0/24"]}, True),
        ({"RemoteAddress": ["fe80::/64"]}, False),
        ({"RemoteAddress": ["fe80::1-fe80::2"]}, False),
        ({"Action": 4}, False),
        ({"Action": 0}, False),
    ],
    ids=str,
)
def test_a_rule_counts_by_what_it_holds(rule: dict[str, Any], lets_in: bool) -> None:
    assert firewall(rule).lets_in(445, PUBLIC, SUBNET) is lets_in


def test_profiles_are_told_apart() -> None:
    for bits, category in ((1, DOMAIN), (2, PRIVATE), (4, PUBLIC)):
        assert firewall({"Profiles": bits}).lets_in(445, category, SUBNET)
        assert not firewall({"Profiles": 7 - bits}).lets_in(445, category, SUBNET) or bits == 0


@pytest.mark.parametrize(
    ("blocked", "lets_in"), [("Any", False), ("10.0.20.7", False), ("10.0.20.255-10.0.21.9", False), ("10.9.9.9", True)]
)
def test_a_rule_that_blocks_a_part_of_the_subnet_wins(blocked: str, lets_in: bool) -> None:
    assert firewall({}, {"Action": 4, "RemoteAddress": [blocked]}).lets_in(445, PUBLIC, SUBNET) is lets_in


def test_addresses_in_another_form_are_not_guessed() -> None:
    with pytest.raises(Unknown, match="Intranet"):
        firewall({"RemoteAddress": ["Intranet"]}).lets_in(445, PUBLIC, SUBNET)
    assert firewall({"RemoteAddress": ["Intranet"]}, {}).lets_in(445, PUBLIC, SUBNET)
    with pytest.raises(Unknown, match="Intranet"):
        firewall({}, {"Action": 4, "RemoteAddress": ["Intranet"]}).lets_in(445, PUBLIC, SUBNET)


def test_whether_a_profile_filters_is_asked_and_not_guessed() -> None:
    assert firewall().is_on(PUBLIC)
    assert not firewall(public=0).is_on(PUBLIC)
    with pytest.raises(Unknown, match="Private"):
        firewall().is_on(PRIVATE)
