"""An Ansible inventory of a lab that runs."""

from __future__ import annotations

from pathlib import Path

import yaml

from checks.lab.server import Lab


def write_inventory(lab: Lab, path: Path, *, dead: bool = False) -> Path:
    """Write the lab's hosts as a group ``hyperv``; *dead* adds one that does not answer."""
    hosts = {each.name: {"ansible_host": each.address, "ansible_port": each.https_port} for each in lab.endpoints}
    if dead:
        hosts["dead"] = {"ansible_host": "127.10.99.99", "ansible_port": 9}
    shared = {"ansible_user": lab.user, "ansible_winrm_scheme": "https", "ansible_winrm_ca_trust_path": lab.ca_bundle}
    path.write_text(yaml.safe_dump({"hyperv": {"hosts": hosts, "vars": shared}}), encoding="utf-8")
    return path
