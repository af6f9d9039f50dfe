"""``{{ guideline_map() }}``: a drawing of all guidelines by area, from what lies between hosts to what lies in a VM.

It is drawn twice, for a wide screen and for a phone; the style sheet shows one. Nothing is measured in a browser:
widths of words are estimated, on the wide side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from checks.i18n import Message, _
from checks.model import AREAS, Guideline
from checks.site.place import Place, page_of
from checks.site.render import part
from checks.site.trace import ordered

LAYERS: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (_("From host to host"), ("live-migration", "failover-cluster", "cross-node")),
    (_("At the adapter and on the wire"), ("physical-nic", "rdma", "dcb", "smb-multichannel")),
    (_("In the host"), ("virtual-switch", "vmq", "sriov", "host", "bottleneck")),
    (_("In the virtual machine"), ("vm-adapter", "linux-guest")),
)
"""The way of a packet, from outside to inside, and the areas on it."""

WIDTHS = {"wide": 640, "narrow": 340}
_GAP = 8
_PAD = 9
_LABEL = 30
"""From the top of a layer to its first tiles."""
_LINE = 25
"""Between two lines of codes; a finger needs that much."""
_BETWEEN = 10
"""Between two codes of a line."""
_TITLE_LINE = 18
_LETTER, _DIGIT = 8.3, 8.0
"""Widths of a letter of a title and of a character of a code, in units of the drawing."""
_LEAST = 132
"""The narrowest tile; the longest words of the titles fit."""


@dataclass(frozen=True)
class Code:
    """A guideline, and where its code stands."""

    guideline: Guideline
    x: float
    y: float


@dataclass(frozen=True)
class Tile:
    """An area with the codes of its guidelines."""

    area: str
    x: float
    y: float
    width: float
    height: float
    title: Sequence[str]
    """The area's name in lines."""
    codes: Sequence[Code]


@dataclass(frozen=True)
class Layer:
    """A band of the drawing."""

    name: Message
    y: float
    height: float
    tiles: Sequence[Tile]


@dataclass(frozen=True)
class Drawing:
    """The map for one width of the screen."""

    name: str
    width: float
    height: float
    layers: Sequence[Layer]


def guideline_map(place: Place) -> str:
    """The map of the guidelines in the language of the page; what there is decides what is drawn.

    Raises:
        LookupError: an area is in no layer.
    """
    found = ordered(place.site.guidelines)
    areas: dict[str, list[Guideline]] = {}
    for each in found:
        areas.setdefault(each.area, []).append(each)
    if lost := areas.keys() - {area for _name, members in LAYERS for area in members}:
        raise LookupError(f"in no layer of the map: {', '.join(sorted(lost))}")
    drawings = [_drawing(name, width, areas, place) for name, width in WIDTHS.items()]
    return part(
        "guideline_map.html.j2",
        place,
        drawings=drawings,
        areas=AREAS,
        members=areas,
        total=len(found),
        page_of=page_of,
    )


def _drawing(name: str, width: float, areas: dict[str, list[Guideline]], place: Place) -> Drawing:
    layers: list[Layer] = []
    y = 0.0
    for label, members in LAYERS:
        present = {area: areas[area] for area in members if area in areas}
        if not present:
            continue
        tiles = _tiles(present, width - 2 * _GAP, y + _LABEL, place)
        bottom = max(tile.y + tile.height for tile in tiles)
        layers.append(Layer(label, y, bottom + _GAP - y, tiles))
        y = bottom + 2 * _GAP
    return Drawing(name, width, max(y - _GAP, 1), layers)


def _tiles(areas: dict[str, list[Guideline]], width: float, top: float, place: Place) -> list[Tile]:
    """The tiles of a layer in the rows that take the least height; of two ways, the one with fewer rows."""
    names = list(areas)
    ways = []
    for breaks in range(len(names)):
        for inner in combinations(range(1, len(names)), breaks):
            rows = [names[a:b] for a, b in pairwise((0, *inner, len(names)))]
            if all(len(row) == 1 or len(row) * (_LEAST + _GAP) - _GAP <= width for row in rows):
                ways.append(list(_placed(rows, areas, width, top, place)))
    return min(ways, key=lambda tiles: max(tile.y + tile.height for tile in tiles))


def _placed(
    rows: Sequence[Sequence[str]], areas: dict[str, list[Guideline]], width: float, top: float, place: Place
) -> Iterator[Tile]:
    y = top
    for row in rows:
        widths = _widths([areas[area] for area in row], width)
        titles = [_wrapped(place.say(AREAS[area]), w - 2 * _PAD - 24) for area, w in zip(row, widths, strict=True)]
        head = _PAD + _TITLE_LINE * max(len(title) for title in titles)
        lines = max(_lines(areas[area], w) for area, w in zip(row, widths, strict=True))
        height = head + _LINE * lines + _PAD
        x = float(_GAP)
        for area, w, title in zip(row, widths, titles, strict=True):
            yield Tile(area, x, y, w, height, title, _codes(areas[area], x, y + head, w))
            x += w + _GAP
        y += height + _GAP


def _widths(row: Sequence[Sequence[Guideline]], width: float) -> list[float]:
    """The width of each tile of a row: what the fewest lines of codes that fit take, and an equal share of the rest."""
    room = width - _GAP * (len(row) - 1)
    for lines in range(1, max(map(len, row)) + 1):
        needed = [max(_LEAST, -(-len(each) // lines) * _pitch(each) - _BETWEEN + 2 * _PAD) for each in row]
        if sum(needed) <= room:
            break
    return [each + (room - sum(needed)) / len(row) for each in needed]


def _codes(guidelines: Sequence[Guideline], x: float, y: float, width: float) -> list[Code]:
    columns, pitch = _columns(guidelines, width), _pitch(guidelines)
    return [
        Code(each, x + _PAD + pitch * (i % columns), y + _LINE * (i // columns) + 18)
        for i, each in enumerate(guidelines)
    ]


def _lines(guidelines: Sequence[Guideline], width: float) -> int:
    return -(-len(guidelines) // _columns(guidelines, width))


def _columns(guidelines: Sequence[Guideline], width: float) -> int:
    # The last column needs no space behind it.
    return max(1, int((width - 2 * _PAD + _BETWEEN) / _pitch(guidelines) + 1e-6))


def _pitch(guidelines: Sequence[Guideline]) -> float:
    return max(len(each.code) for each in guidelines) * _DIGIT + _BETWEEN


def _wrapped(text: str, width: float) -> list[str]:
    """A title in lines of a width; a word is never broken."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(f"{lines[-1]} {word}") * _LETTER <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
