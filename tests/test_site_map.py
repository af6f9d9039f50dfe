"""The map of the guidelines: nothing is missing, nothing overlaps, whatever number of guidelines there is."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from checks.guidelines import all_guidelines
from checks.i18n import LANGUAGES
from checks.model import AREAS, Guideline
from checks.site.areas import LAYERS, guideline_map
from checks.site.place import Place, Repository, Site, page_of
from checks.site.results import Results

PREFIXES = {
    "live-migration": "LM",
    "physical-nic": "NIC",
    "virtual-switch": "VS",
    "host": "HOST",
    "rdma": "RD",
    "linux-guest": "LX",
}
NAMESPACE = "{http://www.w3.org/2000/svg}"


def some(**counts: int) -> Iterator[Guideline]:
    """Guidelines by area."""
    model = all_guidelines()[0]
    for name, count in counts.items():
        area = name.replace("_", "-")
        for number in range(1, count + 1):
            code = f"{PREFIXES.get(area, area[:3].upper())}{number:03d}"
            yield dataclasses.replace(model, code=code, slug=f"{area}/x{number}")


def drawn(guidelines: list[Guideline], language: str = "en") -> list[ElementTree.Element]:
    """The drawings of a map, one per width."""
    html = guideline_map(Place(Site(Repository("https://x"), guidelines, Results()), language, "guidelines/index.md"))
    return [ElementTree.fromstring(each) for each in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]  # noqa: S314


def boxes(drawing: ElementTree.Element, kind: str) -> list[tuple[float, ...]]:
    return [
        tuple(float(each.get(name, 0)) for name in ("x", "y", "width", "height"))
        for each in drawing.iter(f"{NAMESPACE}rect")
        if each.get("class") == kind
    ]


def test_every_area_is_in_one_layer() -> None:
    assert Counter(area for _name, areas in LAYERS for area in areas) == Counter(list(AREAS))


def test_an_area_in_no_layer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checks.site.areas.LAYERS", LAYERS[1:])
    with pytest.raises(LookupError, match="in no layer of the map: live-migration"):
        drawn(list(some(live_migration=1)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_project_s_guidelines_are_all_on_it_and_lead_to_their_pages(language: str) -> None:
    known = list(all_guidelines())
    for drawing in drawn(known, language):
        links = {each.get("href"): each for each in drawing.iter(f"{NAMESPACE}a")}
        for each in known:
            link = links[page_of(each).removeprefix("guidelines/").removesuffix(".md") + "/"]
            assert link.findtext(f"{NAMESPACE}title") == f"{each.code} {each.title.render(language)}"
            assert link.findtext(f"{NAMESPACE}text") == each.code
        assert {each.area for each in known} == {a.split("?area=")[1].split("#")[0] for a in links if "?" in str(a)}


@pytest.mark.parametrize(
    "counts",
    [
        {"live_migration": 1},
        {"live_migration": 2, "failover_cluster": 1, "cross_node": 1, "physical_nic": 2},
        {area.replace("-", "_"): 3 for area in AREAS},
        {"live_migration": 8, "failover_cluster": 12, "cross_node": 8, "physical_nic": 28, "rdma": 10, "dcb": 6},
        {area.replace("-", "_"): 40 for area in AREAS},
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_overlaps_or_sticks_out(counts: dict[str, int], language: str) -> None:
    for drawing in drawn(list(some(**counts)), language):
        _left, _top, width, height = map(float, drawing.get("viewBox", "").split())
        tiles = boxes(drawing, "hv-d-box")
        assert len(tiles) == len(counts)
        for x, y, w, h in tiles:
            assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
        for i, (x, y, w, h) in enumerate(tiles):
            for u, v, other_width, other_height in tiles[i + 1 :]:
                assert x + w <= u or u + other_width <= x or y + h <= v or v + other_height <= y
        codes = [each for each in drawing.iter(f"{NAMESPACE}text") if each.get("class") == "hv-map__code"]
        assert len(codes) == sum(counts.values())
        for each in codes:
            x, y, length = float(each.get("x", 0)), float(each.get("y", 0)), len(each.text or "") * 7.83
            assert any(a <= x and x + length <= a + w and b < y < b + h for a, b, w, h in tiles)


def test_it_says_in_words_what_it_shows() -> None:
    for drawing in drawn(list(some(live_migration=2, physical_nic=1)), "pt-BR"):
        assert drawing.findtext(f"{NAMESPACE}title") == "Mapa das diretrizes por área"
        said = drawing.findtext(f"{NAMESPACE}desc") or ""
        assert said.startswith("3 diretrizes.")
        assert "Migração ao vivo (2)." in said
        assert "Adaptadores de rede físicos (1)." in said
