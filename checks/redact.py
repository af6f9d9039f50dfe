"""Snapshots without what tells whose they are, so that they can be shown in public.

The names of hosts, virtual machines, clusters, domains, users and of all that an administrator names become words
such as ``host-2``; addresses, GUIDs and device ids become other ones. Within one run the same name is always the same
word, whatever its case and wherever it stands; names keep their order, and addresses their subnets. So every verdict
stays as it was.

What Windows and vendors write stays: descriptions, versions, drivers, registry keywords and values.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any

from checks.pseudonyms import Pseudonyms
from checks.snapshot import FactError, Snapshot

NAMES: Mapping[str, str] = {
    "OperatingSystem.CSName": "host",
    "VMHost.Name": "host",
    "ClusterNode.Name": "host",
    "ClusterNetworkInterface.Node": "host",
    "ClusterVM.PossibleOwners": "host",
    "ClusterSharedVolumeState.Node": "host",
    "NetIntentStatus.Host": "host",
    "ClusterSettings.Name": "cluster",
    "ClusterSettings.Domain": "domain",
    "VM.Name": "vm",
    "VMHardDisk.VMName": "vm",
    "VMDvd.VMName": "vm",
    "VMNic.VMName": "vm",
    "VMProcessor.VMName": "vm",
    "VMAssignedDevice.VMName": "vm",
    "VMSwitch.Name": "switch",
    "VMNic.SwitchName": "switch",
    "HostVNic.SwitchName": "switch",
    "HostVNic.Name": "vnic",
    "HostVNicVlan.Adapter": "vnic",
    "HostVNicIsolation.Adapter": "vnic",
    "HostVNicTeamMapping.Adapter": "vnic",
    "VMNic.Name": "vm-nic",
    "ClusterNetwork.Name": "network",
    "ClusterSharedVolume.Name": "volume",
    "ClusterSharedVolumeState.Name": "volume",
    "ClusterQuorum.Witness": "witness",
    "ClusterSite.Name": "site",
    "LbfoTeamMember.Team": "team",
    "LbfoTeamNic.Team": "team",
    "NetIntent.IntentName": "intent",
    "NetIntentStatus.IntentName": "intent",
    "QosPolicy.Name": "policy",
    "QosTrafficClass.Name": "class",
    "FirewallRule.InstanceID": "rule",
    "FirewallPort.InstanceID": "rule",
    "FirewallAddress.InstanceID": "rule",
    "FirewallProgram.InstanceID": "rule",
    "NetAdapter.Name": "adapter",
    "AdvancedProperty.Name": "adapter",
    "NetAdapterStatistics.Name": "adapter",
    "SmbClientInterface.FriendlyName": "adapter",
    "HostVNicTeamMapping.NetAdapterName": "adapter",
    "AdapterBinding.Name": "adapter",
    "RdmaAdapter.Name": "adapter",
    "QosAdapter.Name": "adapter",
    "QosFlowControl.InterfaceAlias": "adapter",
    "QosTrafficClass.InterfaceAlias": "adapter",
    "QosDcbxSetting.InterfaceAlias": "adapter",
    "SmbConstraint.InterfaceAlias": "adapter",
}
"""Properties that hold a name, and what it is the name of."""
PATHS = frozenset(
    {
        *("VM.ConfigurationLocation", "VM.SnapshotFileLocation", "VM.SmartPagingFilePath", "VMHardDisk.Path"),
        *("VMDvd.Path", "ClusterSettings.SharedVolumesRoot", "ClusterSharedVolume.Path", "ClusterDiskPartition.Path"),
        *("ClusterDiskPartition.MountPoints", "FirewallProgram.Program"),
    }
)
SERVERS = frozenset(
    f"{fact}.ServerName" for fact in ("SmbConnection", "CsvConnection", "SblConnection", "SmbConstraint")
)
"""Properties that hold a server's name, which a domain may follow, or its address."""
TEXTS = frozenset({"ClusterNetworkInterface.Name", "NetIntentStatus.Error"})
"""Properties with names among other words: they are searched for names and numbers."""
DEVICES = frozenset({"NetAdapter.PnPDeviceID"})
NUMBERS = frozenset(
    {
        *("AdvancedProperty.InstanceID", "NetAdapterStatistics.InstanceID", "NetAdapter.InterfaceGuid"),
        *("ClusterNetwork.Id", "ClusterNetwork.Ipv4Addresses", "ClusterNetwork.Ipv6Addresses"),
        *("MigrationParameter.Value",),
        *("ClusterDiskPartition.VolumeGuid", "DefaultRoute.NextHop", "HostVNic.DeviceId", "IPAddress.IPAddress"),
        *("SmbClientInterface.IpAddresses", "VM.Id", "VMDvd.VMId", "VMHardDisk.VMId", "VMMigrationNetwork.Subnet"),
        *("VMSwitch.Id", "VMSwitch.NetAdapterInterfaceGuid", "VMNic.VMId", "VMProcessor.VMId", "VMAssignedDevice.VMId"),
        *("ClusterVM.VMId",),
        *("ClusterNetworkInterface.NetworkId", "ClusterNetworkInterface.AdapterId", "SmbServerInterface.IpAddress"),
        *("ClusterNetworkInterface.Ipv4Addresses", "AdapterBinding.InstanceID", "RdmaAdapter.InstanceID"),
        *("QosAdapter.InstanceID", "IscsiConnection.InitiatorAddress", "IscsiConnection.TargetAddress"),
        *("SmbConstraint.InterfaceGuid", "FirewallAddress.RemoteAddress"),
    }
)  # fmt: skip
"""Properties that hold addresses or GUIDs, and no name."""
KEPT = frozenset(
    {
        *("AdvancedProperty.DefaultRegistryValue", "AdvancedProperty.NumericParameterMaxValue"),
        *("AdvancedProperty.NumericParameterMinValue", "AdvancedProperty.NumericParameterStepValue"),
        *("AdvancedProperty.RegistryKeyword", "AdvancedProperty.RegistryValue", "AdvancedProperty.ValidRegistryValues"),
        *("ClusterNetwork.Ipv4PrefixLengths", "ClusterNetwork.Ipv6PrefixLengths", "ClusterService.Name"),
        *("ClusterService.StartMode", "ClusterService.State", "DefaultRoute.DestinationPrefix"),
        *("LbfoTeamMember.InterfaceDescription", "LbfoTeamNic.InterfaceDescription", "MigrationParameter.Name"),
        *("NetAdapter.DriverProvider", "NetAdapter.DriverVersionString", "NetAdapter.InterfaceDescription"),
        *("NetworkAtcCommand.Name", "OperatingSystem.Caption", "OperatingSystem.MUILanguages"),
        *("OperatingSystem.Version", "SmbBandwidthFeature.Name", "VMSwitch.NetAdapterInterfaceDescription"),
        *("VirtualMachineManagerAgent.Name", "VirtualMachineManagerAgent.State", "NetAdapter.ComponentID"),
        *("AdapterBinding.ComponentID", "ClusterNetworkInterface.Adapter", "ClusterQuorum.WitnessType"),
        *("ComputerSystem.Manufacturer", "ComputerSystem.Model", "Processor.Manufacturer", "Processor.Name"),
        *("QosPolicy.Template", "DcbFeature.Name", "IscsiService.Name", "AssignableDeviceCommand.Name"),
        *("SmbService.Name", "SmbService.StartMode", "SmbService.State", "FirewallProfile.Name"),
        *("FirewallPort.LocalPort", "NetIntentStatus.ConfigurationStatus", "NetIntentStatus.ProvisioningStatus"),
        *("NetIntentStatus.LastSuccess", "VMAssignedDevice.LocationPath"),
    }
)
"""Properties that only Windows and vendors write. A property that is nowhere here is searched for names and numbers."""

_NAMED_BY_WINDOWS = frozenset({"[Default]"})
"""Names that nobody gave: every host has this traffic class, in every language."""

_DEFAULT_ADAPTER = re.compile(
    r"(?:Ethernet|NIC|Embedded NIC|SLOT \d+ Port|SLOT|Port|pNIC|PCIe Slot \d+ Port|Local Area Connection\*?)\s?\d*"
    r"|Ethernet \([^()]*Kernel[^()]*\)",
    re.IGNORECASE,
)
"""Names that Windows or the firmware gave: they help a reader and tell nothing."""
_HOST_ADAPTER = re.compile(r"vEthernet \((.+)\)", re.IGNORECASE)
_FILTER = re.compile(r"(.+?)(-[^-]*(?:Filter|Driver|Scheduler)[^-]*-\d{4})", re.IGNORECASE)
_COMMON_FOLDER = re.compile(
    r"|[A-Za-z]:|\?|\.|ClusterStorage|Volume\d+|Volume\{[^}]*\}|Virtual (?:Hard Disks|Machines)|Snapshots|Users|Public"
    r"|Hyper-V|Planned Virtual Machines|ProgramData|Program Files|Documents|Microsoft|Windows|System32|[A-Za-z]\$"
    r"|ADMIN\$|System|Any|%\w+%|svchost\.exe|vmms\.exe",
    re.IGNORECASE,
)  # fmt: skip
_FILE = re.compile(r"(.+)(\.(?:a?vhdx?|vhds|iso|vfd|vmcx|vmrs|vmgs|vsv|bin|xml|mrt|rct))", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<![\w\\.:-])([A-Za-z][\w.-]{0,62})\\([\w.$-]+)(?![\w\\])")
_PATH_IN_TEXT = re.compile(
    r"""(?<=')(?:\\\\|[A-Za-z]:\\)[^'<>|]+(?=') | (?<=")(?:\\\\|[A-Za-z]:\\)[^"<>|]+(?=")
    | (?<![\w\\])(?:\\\\|[A-Za-z]:\\)[^\s"'<>|,;]+""",
    re.VERBOSE,
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LABELS_OF_ANYBODY = frozenset({"local", "internal", "intranet", "corp", "home", "domain", "lan"})


def redact(snapshots: Mapping[str, Snapshot], key: bytes) -> dict[str, Snapshot]:
    """The snapshots of one run, by new names, without names and numbers that identify.

    A secret *key* that is thrown away afterwards leaves no way back.
    """
    names = _collected(snapshots)
    redactor = _Redactor(names, _far_from(_addresses(snapshots.values()), key))
    found: dict[str, Snapshot] = {}
    for name, one in snapshots.items():
        word = redactor.host(name, one)
        # The user may have named one host in two ways.
        words = chain([word], (f"{word}-{number}" for number in count(2)))
        found[next(each for each in words if each not in found)] = redactor.snapshot(one)
    return found


def _far_from(addresses: set[str], key: bytes) -> Pseudonyms:
    """Numbers under which the fewest addresses become, by chance, one that is in use: none, as a rule."""
    best, fewest = Pseudonyms(key), len(addresses) + 1
    for attempt in range(64):
        numbers = Pseudonyms(key + bytes([attempt]))
        hit = len({numbers.address(each) for each in addresses} & addresses)
        if hit < fewest:
            best, fewest = Pseudonyms(key + bytes([attempt])), hit
        if not hit:
            break
    return best


class _Words:
    """Which word stands for which name, whatever its case."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self._written: dict[str, str] = {}

    def add(self, name: str, kind: str) -> None:
        """Take note of a name; where one is the name of several things, the first that was noted counts."""
        if name and name not in _NAMED_BY_WINDOWS:
            self.kinds.setdefault(_folded(name), kind)
            self._written.setdefault(_folded(name), name)

    def alias(self, name: str, of: str) -> None:
        """Another way to write a name."""
        if name and _folded(name) not in self.kinds:
            self.aliases[_folded(name)] = _folded(of)

    def words(self) -> dict[str, str]:
        """Words by names; those of one kind are numbered in the order of the names."""
        found: dict[str, str] = {}
        for kind in dict.fromkeys(self.kinds.values()):
            # As written: checks that go by the order of names see the same one afterwards.
            mine = sorted((name for name, of in self.kinds.items() if of == kind), key=self._written.__getitem__)
            width = len(str(len(mine)))
            suffix = ".example" if kind == "domain" else ""
            found |= {name: f"{kind}-{number:0{width}}{suffix}" for number, name in enumerate(mine, start=1)}
        return found | {alias: found[of] for alias, of in self.aliases.items() if of in found}


class _Redactor:
    def __init__(self, names: _Words, numbers: Pseudonyms) -> None:
        self._words = names.words()
        self._numbers = numbers
        known = sorted((n for n in self._words if len(n) > 1 and not n.isdigit()), key=len, reverse=True)
        spelled = dict.fromkeys(form for name in known for form in (name, unicodedata.normalize("NFD", name)))
        # Letters and digits go on a word; an underscore or a hyphen ends it.
        pattern = "|".join(re.escape(name) for name in spelled)
        self._names = re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", re.IGNORECASE) if spelled else None

    def host(self, name: str, snapshot: Snapshot) -> str:
        """The new name of a snapshot: the word for its host."""
        computer = next((row.get("CSName") for row in snapshot.facts.get("OperatingSystem", [])), None)
        return self._word(str(computer)) if computer else self.text(name)

    def snapshot(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with words and other numbers."""
        facts = {name: [self._row(name, row) for row in rows] for name, rows in snapshot.facts.items()}
        errors = {
            name: FactError(id=self.text(error.id), message=self.text(error.message))
            for name, error in snapshot.errors.items()
        }
        return snapshot.model_copy(update={"facts": facts, "errors": errors})

    def text(self, text: str) -> str:
        """Free text: paths, numbers, accounts, and every known name in it."""
        text = _PATH_IN_TEXT.sub(lambda match: self._path(match[0]), text)
        text = _MAIL.sub("user@domain.example", self._numbers.numbers(text))
        text = _ACCOUNT.sub(_account, text)
        return self._names.sub(lambda match: self._word(match[0]), text) if self._names else text

    def _row(self, fact: str, row: Mapping[str, Any]) -> dict[str, Any]:
        made = {name: _each(value, self._treatment(f"{fact}.{name}")) for name, value in row.items()}
        for version in ("Ipv4", "Ipv6"):
            made |= self._networks(row, f"{version}Addresses", f"{version}PrefixLengths")
        return made

    def _networks(self, row: Mapping[str, Any], addresses: str, prefixes: str) -> dict[str, Any]:
        """Addresses of networks, whose prefixes stand beside them."""
        texts, lengths = row.get(addresses), row.get(prefixes)
        if not isinstance(texts, list) or not isinstance(lengths, list) or len(texts) != len(lengths):
            return {}
        return {addresses: [self._numbers.address(a, int(p)) for a, p in zip(texts, lengths, strict=True)]}

    def _treatment(self, place: str) -> Callable[[str], str]:
        if place in KEPT:
            return str
        if place in PATHS:
            return self._path
        if place in SERVERS:
            return self._server
        if place in DEVICES:
            return self._numbers.device
        if place in NUMBERS:
            return self._numbers.numbers
        return self._adapter if NAMES.get(place) == "adapter" else self._word if place in NAMES else self.text

    def _word(self, name: str) -> str:
        return self._words.get(_folded(name)) or self._numbers.numbers(name)

    def _adapter(self, name: str) -> str:
        return "".join(self._word(part) if is_name else part for part, is_name in _adapter_parts(name))

    def _path(self, path: str) -> str:
        return "".join(self._word(part) if is_name else part for part, is_name in self._numbered(path))

    def _server(self, server: str) -> str:
        return "".join(
            self._word(part) if is_name else self._numbers.numbers(part) for part, is_name in _server(server)
        )

    def _numbered(self, path: str) -> Iterator[tuple[str, bool]]:
        for part, is_name in _path_parts(path):
            yield (part, True) if is_name else (self._numbers.numbers(part), False)


def _collected(snapshots: Mapping[str, Snapshot]) -> _Words:
    """Every name in the snapshots. Names of hosts come first: an adapter may be called like one."""
    words = _Words()
    rows = [(f, r) for snapshot in snapshots.values() for f, facts in snapshot.facts.items() for r in facts]
    for kind in dict.fromkeys(NAMES.values()):
        for place in (place for place, of in NAMES.items() if of == kind):
            for name in _texts(rows, place):
                for part, is_name in _adapter_parts(name) if kind == "adapter" else [(name, True)]:
                    if is_name:
                        words.add(part, kind)
    for place in sorted(PATHS):
        for path in _texts(rows, place):
            _note_path(words, path)
    for place in sorted(SERVERS):
        for server in _texts(rows, place):
            for number, part in enumerate(part for part, is_name in _server(server) if is_name):
                words.add(part, "domain" if number else "host")
    for name, snapshot in snapshots.items():
        _note_host(words, name, snapshot)
    messages = [error.message for snapshot in snapshots.values() for error in snapshot.errors.values()]
    for path in (match[0] for message in messages for match in _PATH_IN_TEXT.finditer(message)):
        _note_path(words, path)
    _note_domains(words, messages)
    return words


def _note_path(words: _Words, path: str) -> None:
    parts = list(_path_parts(path))
    for number, (part, is_name) in enumerate(parts):
        if not is_name:
            continue
        is_server = path.startswith("\\\\") and not any(each for _part, each in parts[:number])
        follows = parts[number + 1][0] if number + 1 < len(parts) else ""
        words.add(part, "host" if is_server else "file" if follows.startswith(".") else "folder")


def _note_host(words: _Words, called: str, snapshot: Snapshot) -> None:
    """What the user calls a host is another name of it; what follows the first dot is a domain."""
    computer = next((str(row.get("CSName", "")) for row in snapshot.facts.get("OperatingSystem", [])), "")
    label, dot, domain = called.partition(".")
    if not dot or not re.fullmatch(r"[\w-]*[A-Za-z][\w.-]*", called):
        label = called
    else:
        words.add(domain, "domain")
    if computer:
        words.alias(label, computer)
    else:
        words.add(label, "host")


def _note_domains(words: _Words, messages: Iterable[str]) -> None:
    """Of ``corp.contoso.com`` also ``contoso.com``, and ``contoso``, which accounts are written with.

    What stands before a domain in an error message is a host, whether anything else names it or not.
    """
    for domain in [name for name, kind in words.kinds.items() if kind == "domain"]:
        labels = domain.split(".")
        for start in range(1, len(labels) - 1):
            words.alias(".".join(labels[start:]), domain)
        for label in labels[:-1]:
            if len(label) > 3 and label not in _LABELS_OF_ANYBODY:
                words.alias(label, domain)
        before = re.compile(rf"([\w-]+)\.{re.escape(domain)}(?![\w-])", re.IGNORECASE)
        for name in (match[1] for message in messages for match in before.finditer(message)):
            words.add(name, "host")


def _account(match: re.Match[str]) -> str:
    # Windows' own, such as NT AUTHORITY\\SYSTEM or root\\cimv2, tell nothing.
    return match[0] if match[1].lower() in _NO_DOMAIN else "DOMAIN\\user"


_NO_DOMAIN = ("authority", "builtin", "root", "hklm", "hkcu")


def _adapter_parts(name: str) -> list[tuple[str, bool]]:
    """The name of an adapter taken apart into what Windows gave and what a person did."""
    if match := _HOST_ADAPTER.fullmatch(name):
        return [("vEthernet (", False), (match[1], True), (")", False)]
    if match := _FILTER.fullmatch(name):
        return [*_adapter_parts(match[1]), (match[2], False)]
    return [(name, _DEFAULT_ADAPTER.fullmatch(name) is None)]


def _path_parts(path: str) -> Iterator[tuple[str, bool]]:
    """A path taken apart into what every host has and what somebody named."""
    server = path.startswith("\\\\") and not path.startswith(("\\\\?\\", "\\\\.\\"))
    for part in re.split(r"([\\/])", path):
        if part in ("\\", "/") or _COMMON_FOLDER.fullmatch(part):
            yield part, False
        elif server and part:
            server = False
            yield from _server(part)
        elif match := _FILE.fullmatch(part):
            yield from ((match[1], True), (match[2], False))
        else:
            yield part, True


def _server(server: str) -> Iterator[tuple[str, bool]]:
    """A server of a share: an address, or a name that a domain may follow."""
    if server.lower() == "localhost" or re.fullmatch(r"[\d.]+|[0-9A-Fa-f-]+\.ipv6-literal\.net", server):
        yield server, False
        return
    label, dot, domain = server.partition(".")
    yield label, True
    if dot:
        yield ".", False
        yield domain, True


def _texts(rows: Iterable[tuple[str, Mapping[str, Any]]], place: str) -> Iterator[str]:
    fact, _dot, name = place.partition(".")
    for of, row in rows:
        if of == fact:
            value = row.get(name)
            yield from (text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))


def _each(value: Any, treat: Callable[[str], str]) -> Any:
    """A value with every string in it treated."""
    if isinstance(value, str):
        return treat(value)
    if isinstance(value, list):
        return [_each(each, treat) for each in value]
    return {name: _each(each, treat) for name, each in value.items()} if isinstance(value, dict) else value


def _addresses(snapshots: Iterable[Snapshot]) -> set[str]:
    rows = [(fact, row) for snapshot in snapshots for fact, found in snapshot.facts.items() for row in found]
    found = (text.partition("/")[0].partition("%")[0] for place in NUMBERS for text in _texts(rows, place))
    return {text for text in found if re.fullmatch(r"[\d.]+|[\da-f:]+", text) and not text.startswith(_OF_EVERY_HOST)}


_OF_EVERY_HOST = ("127.", "::", "0.0.0.0")  # noqa: S104 - nothing listens here


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
