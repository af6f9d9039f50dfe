"""pytest over hosts: each guideline on each host is a test, ``hvnet::HV16::LM002``.

``pytest --hvnet-snapshot FILE`` or ``--hvnet-inventory FILE``. Without these options nothing happens, and nothing of
hvnet is imported: every pytest on the machine loads this module.
"""

from __future__ import annotations

import pytest

OPTIONS = ("hvnet_inventory", "hvnet_snapshot")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; with the first or the second, hosts become tests."""
    group = parser.getgroup("hvnet", "hvnet: guidelines for Hyper-V hosts as tests")
    group.addoption("--hvnet-inventory", metavar="FILE", help="Ask the hosts of Ansible's YAML inventory.")
    group.addoption("--hvnet-snapshot", metavar="FILE", action="append", help="Judge a snapshot; can be repeated.")
    group.addoption("--hvnet-config", metavar="FILE", help="Settings; else hvnet.yml or pyproject.toml of the root.")
    group.addoption("--hvnet-waivers", metavar="FILE", help="Accepted exceptions: their findings are skipped.")
    group.addoption("--hvnet-lang", metavar="LANG", help="Language of the messages: en or pt-BR.")


def pytest_configure(config: pytest.Config) -> None:
    """Bring in what makes the tests, if it is asked for."""
    if any(config.getoption(name) for name in OPTIONS):
        from checks import pytest_hosts

        config.pluginmanager.register(pytest_hosts.Plugin(config), "hvnet-hosts")
