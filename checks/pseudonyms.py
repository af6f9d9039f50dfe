"""Other numbers for numbers that identify: addresses, GUIDs, MAC addresses, SIDs, device ids.

The same number always becomes the same other one under the same key, and nothing leads back without the key.
Addresses that share their first bits still share them afterwards, so what was one subnet stays one subnet.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

GUID = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])")
MAC = re.compile(r"(?<![0-9A-Fa-f:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])")
SID = re.compile(r"\bS-1-5-21-(\d+-\d+-\d+)((?:-\d+)?)\b", re.IGNORECASE)
IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?:/(\d{1,2}))?(?![\w]|\.\d)")
IPV6 = re.compile(r"(?<![\w:])([0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})((?:%\w+)?)(?:/(\d{1,3}))?(?![\w:])")

_STAYING = [ip_network(n) for n in ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12",
                                    "192.168.0.0/16", "198.18.0.0/15")]  # fmt: skip
"""Ranges that no host is found by: an address of theirs stays in its range."""
_LAST_OCTET = 8
_UNIQUE_LOCAL, _DOCUMENTATION = IPv6Network("fc00::/7"), IPv6Network("2001:db8::/32")
_HOST_BITS = 64


class Pseudonyms:
    """The other numbers under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._public: dict[int, int] = {}
        self._global: dict[int, int] = {}

    def numbers(self, text: str) -> str:
        """*text* with every number in it that identifies."""
        text = GUID.sub(lambda match: self.guid(match[0]), text)
        text = MAC.sub(lambda match: self.mac(match[0]), text)
        text = SID.sub(lambda match: self._sid(match), text)
        return self.addresses(text)

    def addresses(self, text: str) -> str:
        """*text* with every IP address and subnet in it."""
        text = IPV4.sub(lambda match: self._address(match[0], match[1], match[2]), text)
        return IPV6.sub(lambda match: self._address(match[0], match[1], match[3], match[2]), text)

    def guid(self, text: str) -> str:
        """Another GUID, written like *text*."""
        digits = self._hex("guid", text.lower(), 32)
        made = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
        return made.upper() if text.isupper() or not any(c.islower() for c in text) else made

    def mac(self, text: str) -> str:
        """Another MAC address, marked as made up by its second digit."""
        separator = text[2] if len(text) > 12 else ""
        digits = "02" + self._hex("mac", text.lower().replace(":", "").replace("-", ""), 10)
        made = separator.join(digits[i : i + 2] for i in range(0, 12, 2))
        return made if any(c.islower() for c in text) else made.upper()

    def device(self, text: str) -> str:
        """A Plug and Play instance: its last part may hold a serial number or a MAC address."""
        head, backslash, instance = text.rpartition("\\")
        if not backslash or re.fullmatch(r"\d{1,4}", instance):
            return text
        if GUID.search(instance):
            return f"{head}\\{self.numbers(instance)}"
        made = self._hex("device", instance.lower(), len(instance)).upper()
        return f"{head}\\" + "".join(m if c.isalnum() else c for c, m in zip(instance, made, strict=True))

    def address(self, text: str, prefix: int | None = None) -> str:
        """Another address; one that names its network, with zeros where hosts have their number, does so still."""
        try:
            old = ip_address(text)
        except ValueError:
            return text
        new = self._ipv4(old) if isinstance(old, IPv4Address) else self._ipv6(old)
        if prefix is not None and prefix <= old.max_prefixlen:
            hosts = (1 << (old.max_prefixlen - prefix)) - 1
            if int(old) & hosts == 0:
                new = type(old)(int(new) & ~hosts)
        return str(new)

    def _address(self, whole: str, address: str, prefix: str | None, zone: str = "") -> str:
        made = self.address(address, int(prefix) if prefix else None)
        return whole if made == address else f"{made}{zone}{'/' + prefix if prefix else ''}"

    def _ipv4(self, old: IPv4Address) -> IPv4Address:
        if old.is_loopback or old.is_multicast or old.is_unspecified or int(old) == 2**32 - 1 or _is_mask(int(old)):
            return old
        kept = next((network.prefixlen for network in _STAYING if old in network), 0)
        if kept:
            return IPv4Address(self._scrambled(int(old), 32, kept, 32 - _LAST_OCTET))
        # A public address goes where no host can be: 240/4 has a place for 4,096 networks.
        network = self._public.setdefault(int(old) >> 16, len(self._public) % 4096)
        moved = 0xF0000000 | network << 16 | int(old) & 0xFFFF
        return IPv4Address(self._scrambled(moved, 32, 16, 32 - _LAST_OCTET))

    def _ipv6(self, old: IPv6Address) -> IPv6Address:
        if old.is_loopback or old.is_multicast or old.is_unspecified:
            return old
        value = int(old)
        interface = value & ((1 << _HOST_BITS) - 1)
        if old in _UNIQUE_LOCAL:
            value = self._scrambled(value, 128, 8, _HOST_BITS)
        elif not old.is_link_local:
            site = self._global.setdefault(value >> 80, len(self._global) % 0xFFFF)
            value = int(_DOCUMENTATION.network_address) | site << 80 | value & ((1 << 80) - 1)
            value = self._scrambled(value, 128, 48, _HOST_BITS)
        made = int(self._hex("interface", f"{interface:x}", 16), 16) if interface else 0
        return IPv6Address(value >> _HOST_BITS << _HOST_BITS | made)

    def _scrambled(self, value: int, width: int, first: int, last: int) -> int:
        """Bits *first* to *last* flipped or not, each by those before it: equal beginnings stay equal."""
        made = value
        for bit in range(first, last):
            before = value >> (width - bit)
            if int(self._hex(f"bit {width} {bit}", f"{before:x}", 1), 16) & 1:
                made ^= 1 << (width - bit - 1)
        return made

    def _sid(self, match: re.Match[str]) -> str:
        digits = self._hex("sid", match[1], 24)
        return "S-1-5-21-" + "-".join(str(int(digits[i : i + 8], 16)) for i in (0, 8, 16)) + match[2]

    def _hex(self, kind: str, text: str, length: int) -> str:
        found = ""
        while len(found) < length:
            found += hmac.new(self._key, f"{kind}/{len(found)}/{text}".encode(), hashlib.sha256).hexdigest()
        return found[:length]


def _is_mask(value: int) -> bool:
    """255.255.255.0 and its like are no addresses."""
    inverted = value ^ 0xFFFFFFFF
    return value >= 0xFF000000 and inverted & (inverted + 1) == 0
