"""What readers type, asked of the site's own search: the page that they want is among the first three."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Page

from checks.i18n import DEFAULT

QUERIES: dict[str, dict[str, str | list[str]]] = yaml.safe_load(
    Path(__file__).with_name("search_queries.yaml").read_text(encoding="utf-8")
)

ASK = """async (queries) => {
  const config = JSON.parse(document.getElementById("__config").textContent);
  const index = await (await fetch(new URL(`${config.base}search/search_index.json`, location.href))).json();
  const worker = new Worker(new URL(config.search, location.href));
  const answer = (message, type) => new Promise((done, failed) => {
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = ({ data }) => { if (data.type === type) done(data.data); };
    worker.postMessage(message);
  });
  await answer({ type: 0, data: { ...index, options: { suggest: false } } }, 1);
  const found = {};
  for (const query of queries) {
    const { items } = await answer({ type: 2, data: query }, 3);
    found[query] = items.slice(0, 3).map((sections) => sections[0].location.split("#")[0]);
  }
  worker.terminate();
  return found;
}"""


@pytest.mark.parametrize("language", QUERIES)
def test_what_readers_type_is_among_the_first_three(root: str, page: Page, language: str) -> None:
    wanted = QUERIES[language]
    assert len(wanted) >= 30
    page.goto(f"{root}{'' if language == DEFAULT else f'{language}/'}lab/")
    found: dict[str, Any] = page.evaluate(ASK, list(wanted))
    missed = {
        query: found[query] for query, pages in wanted.items() if not any(is_any_of(x, pages) for x in found[query])
    }
    assert missed == {}


def is_any_of(address: str, wanted: str | list[str]) -> bool:
    """Whether a page is the wanted one, in the wanted folder, or in one of several."""
    return any(address.startswith(each) for each in ([wanted] if isinstance(wanted, str) else wanted))
