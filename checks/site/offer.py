"""The offer of a page's other language to readers whose browser prefers it; a script shows it, once."""

from __future__ import annotations

from collections.abc import Mapping

from checks.i18n import DEFAULT, _
from checks.site.place import Place
from checks.site.render import part


def with_offers(html: str, place: Place, links: Mapping[str, str]) -> str:
    """A page with a hidden offer for each other language, in that language; page.js may show one.

    Args:
        html: the built page.
        place: where it is.
        links: the relative address of each real translation, by language tag.
    """
    # Translated with the language's own name; one that has not translated it makes no offer.
    title = _("Read this page in English")
    offers = [
        part("offer.html.j2", Place(place.site, tag, place.page), tag=tag, link=link, title=title)
        for tag, link in links.items()
        if tag != place.language and (tag == DEFAULT or title.render(tag) != title.render(DEFAULT))
    ]
    if not offers or place.is_fallback:
        return html
    return html.replace("<header", "\n".join([*offers, "<header"]), 1)
