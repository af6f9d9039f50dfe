"""Pages that a language has not translated: the English text, marked as English, below a note."""

from __future__ import annotations

from checks.i18n import DEFAULT, KNOWN, Verbatim, _
from checks.site.place import Place
from checks.site.render import part

HELP = "translating.md"
"""The page that tells how to translate."""


def with_note(html: str, place: Place) -> str:
    """English content below a note in the language that lacks the page; an untranslated note is in English too."""
    place = Place(place.site, place.among, place.page)
    name = next((each.name for each in KNOWN if each.tag == place.language), place.language)
    title = _("Not translated yet")
    note = part(
        "fallback.html.j2",
        place,
        spoken=DEFAULT if place.say(title) == str(title) else place.language,
        title=place.say(title),
        text=place.say(
            _("There is no {language} text of this page yet, so it is in English.", language=Verbatim(name))
        ),
        help=place.link(HELP),
    )
    return f'{note}\n<div lang="{DEFAULT}">\n{html}\n</div>'
