"""Ansible's YAML inventory, as it is: the hosts and how to reach them. Teams reuse the file they have.

Groups, nested groups, ranges such as ``hv[01:20]`` and the precedence of variables are Ansible's: ``all`` first, then
parents before children, then the host itself. Variables that do not concern the way to a host are ignored. Values that
are vaulted or templated cannot be read here, and say so.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from checks.files import syntax, why
from checks.i18n import Message, Verbatim, _

READ = {
    "ansible_host": str,
    "ansible_port": int,
    "ansible_user": str,
    "ansible_winrm_transport": str,
    "ansible_winrm_scheme": str,
    "ansible_winrm_server_cert_validation": str,
    "ansible_winrm_ca_trust_path": str,
    "ansible_winrm_cert_pem": str,
    "ansible_winrm_cert_key_pem": str,
    "ansible_winrm_kerberos_hostname_override": str,
    "hvnet_cert_sha256": str,
}
"""Variables that are read, with their types; ``hvnet_cert_sha256`` is our own: the fingerprint to pin."""

_CHOICES = {
    "ansible_winrm_transport": ("ntlm", "negotiate", "kerberos", "credssp", "certificate", "basic", "ssl"),
    "ansible_winrm_scheme": ("http", "https"),
    "ansible_winrm_server_cert_validation": ("validate", "ignore"),
}
_RANGE = re.compile(r"\[([0-9]+|[a-zA-Z]):([0-9]+|[a-zA-Z])(?::([0-9]+))?\]")
MAX_HOSTS = 20_000
"""Hosts that one inventory may have: a range such as [1:999999999] is a slip, not a fleet."""


class InventoryError(Exception):
    """An inventory that cannot be used: one sentence with the file and the place in it."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Entry:
    """A host of an inventory: its name, the variables that are read, and the groups that it is in."""

    name: str
    variables: Mapping[str, Any]
    groups: tuple[str, ...]

    @property
    def address(self) -> str:
        """What to connect to."""
        return str(self.variables.get("ansible_host", self.name))

    @property
    def https(self) -> bool:
        """Whether to use TLS: as written, else all but port 5985, as Ansible has it."""
        scheme = self.variables.get("ansible_winrm_scheme")
        return scheme == "https" if scheme else self.variables.get("ansible_port") != 5985

    @property
    def auth(self) -> str:
        """The way to sign in, by our name; Ansible's ``ssl`` is a certificate where there is one, else Basic."""
        has_cert = bool(self.variables.get("ansible_winrm_cert_pem"))
        name = str(self.variables.get("ansible_winrm_transport") or ("certificate" if has_cert else "negotiate"))
        return ("certificate" if has_cert else "basic") if name == "ssl" else name

    @property
    def port(self) -> int:
        """The port: as written, else WinRM's own."""
        return int(self.variables.get("ansible_port") or (5986 if self.https else 5985))


@dataclass
class _Host:
    """A host while the file is being read: its variables by the depth that they were set at."""

    layers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def load(path: Path) -> list[Entry]:
    """The hosts of an inventory file, by name.

    Raises:
        InventoryError: the file cannot be read, is not an inventory, or has a value that cannot be used.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # noqa: S506 - a SafeLoader of our own
    except OSError as error:
        raise InventoryError(_("could not read {path}: {error}", path=str(path), error=why(error))) from None
    except UnicodeDecodeError:
        raise InventoryError(_("{path} is not an inventory: it is not text", path=str(path))) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InventoryError(_("{path} is not YAML: {problem}", path=str(path), problem=syntax(error))) from None
    if not isinstance(data, dict):
        raise InventoryError(_("{path} is not an inventory: it has no groups", path=str(path)))
    hosts: dict[str, _Host] = {}
    try:
        for name, group in data.items():
            _group(path, hosts, str(name), group, 0 if name == "all" else 1, [])
    except RecursionError:
        raise InventoryError(_("{path}: a group is among its own children", path=str(path))) from None
    if not hosts:
        raise InventoryError(_("{path} has no hosts", path=str(path)))
    return [_entry(path, name, hosts[name]) for name in sorted(hosts)]


def expand(pattern: str) -> list[str]:
    """The names of a range: ``hv[01:03]`` gives hv01, hv02 and hv03; ``[a:c]`` and a step work too.

    Raises:
        ValueError: the range runs backwards, mixes letters and numbers, or is too long.
    """
    match = _RANGE.search(pattern)
    if match is None:
        return [pattern]
    head, tail = pattern[: match.start()], pattern[match.end() :]
    found = [head + middle + rest for middle, rest in itertools.product(_steps(*match.group(1, 2, 3)), expand(tail))]
    if len(found) > MAX_HOSTS:
        raise ValueError(pattern)
    return found


def _steps(first: str, last: str, step: str | None) -> list[str]:
    stride = int(step or 1)
    if stride == 0 or first.isdigit() != last.isdigit():
        raise ValueError(first)
    if first.isdigit():
        numbers = range(int(first), int(last) + 1, stride)
        if not 0 < len(numbers) <= MAX_HOSTS:
            raise ValueError(first)
        return [str(number).zfill(len(first)) for number in numbers]
    letters = [chr(code) for code in range(ord(first), ord(last) + 1, stride)]
    if not letters:
        raise ValueError(first)
    return letters


def _group(
    path: Path, hosts: dict[str, _Host], name: str, group: Any, depth: int, above: list[tuple[int, str, dict[str, Any]]]
) -> None:
    """Take in a group, with the variables of the groups above it."""
    if group is None:
        return
    if not isinstance(group, dict):
        raise InventoryError(_("{path}: the group {name} is not a mapping", path=str(path), name=Verbatim(name)))
    lineage = [*above, (depth, name, _variables(path, name, group.get("vars")))]
    for pattern, own in _mapping(path, f"{name}.hosts", group.get("hosts")):
        for host in _expanded(path, pattern):
            found = hosts.setdefault(host, _Host())
            found.layers += [(level, variables) for level, _group_name, variables in lineage]
            found.layers.append((1_000, _variables(path, host, own)))
            found.groups += [each for _level, each, _values in lineage if each not in found.groups]
    for child, content in _mapping(path, f"{name}.children", group.get("children")):
        _group(path, hosts, child, content, depth + 1, lineage)


def _expanded(path: Path, pattern: str) -> list[str]:
    try:
        return expand(pattern)
    except ValueError:
        raise InventoryError(
            _("{path}: the range in {pattern} names no hosts, or too many", path=str(path), pattern=Verbatim(pattern))
        ) from None


def _mapping(path: Path, place: str, content: Any) -> Iterator[tuple[str, Any]]:
    if content is None:
        return
    if isinstance(content, str):
        content = {content: None}
    if not isinstance(content, dict):
        raise InventoryError(_("{path}: {place} is not a mapping", path=str(path), place=Verbatim(place)))
    for name, value in content.items():
        yield str(name), value


def _variables(path: Path, owner: str, content: Any) -> dict[str, Any]:
    """The variables that are read, checked; the others are not looked at."""
    return {
        name: _value(path, owner, name, value)
        for name, value in _mapping(path, owner, content)
        if name in READ and value is not None
    }


def _value(path: Path, owner: str, name: str, value: Any) -> Any:
    names = {"path": str(path), "owner": Verbatim(owner), "name": Verbatim(name)}
    if isinstance(value, _Vaulted) or str(value).startswith("$ANSIBLE_VAULT"):
        raise InventoryError(_("{path}: {name} of {owner} is vaulted; hvnet does not open Ansible's vault", **names))
    if "{{" in str(value):
        raise InventoryError(_("{path}: {name} of {owner} is a template; write the value itself", **names))
    try:
        typed = READ[name](value if not isinstance(value, list) else value[0])
    except (TypeError, ValueError, IndexError):
        raise InventoryError(
            _("{path}: {name} of {owner} has a value that does not fit: {value}", value=Verbatim(value), **names)
        ) from None
    choices = _CHOICES.get(name)
    if choices and typed not in choices:
        known = Verbatim(", ".join(choices))
        raise InventoryError(
            _("{path}: {name} of {owner} is {value}; known are {known}", value=Verbatim(typed), known=known, **names)
        )
    return typed


def _entry(path: Path, name: str, host: _Host) -> Entry:
    variables: dict[str, Any] = {}
    for _depth, layer in sorted(host.layers, key=lambda each: each[0]):
        variables.update(layer)
    if not 0 < int(variables.get("ansible_port", 1)) < 65536:
        raise InventoryError(
            _(
                "{path}: {name} of {owner} has a value that does not fit: {value}",
                path=str(path),
                name=Verbatim("ansible_port"),
                owner=Verbatim(name),
                value=Verbatim(variables["ansible_port"]),
            )
        )
    return Entry(name, variables, tuple(host.groups))


class _Vaulted:
    """A value behind ``!vault``."""


class _Loader(yaml.SafeLoader):
    """YAML with Ansible's tags: vaulted values are recognised, unsafe strings are strings.

    A name that stands twice in a mapping is an error: the hosts below the first one would be lost without a word.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key in (key for key, _value_node in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is there twice", key.start_mark)
            seen.add(key.value)
        return node


def _text(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    return str(loader.construct_scalar(node)) if isinstance(node, yaml.ScalarNode) else ""


_Loader.add_constructor("!vault", lambda _loader, _node: _Vaulted())
_Loader.add_constructor("!unsafe", _text)
