"""Search per language: the theme's one index taken apart, and each part made to find what readers type.

The theme searches for words that begin with what was typed, and does not know accents or inflections. An extra field
of every section holds what it would miss: words without their accents, other words of the corpus with the same stem,
singular and plural forms, the parts of compound names, and what administrators call a thing otherwise.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import snowballstemmer  # type: ignore[import-untyped]

from checks import glossary
from checks.i18n import DEFAULT, LANGUAGES

Document = dict[str, Any]

FIELD = "alt"
BOOST = 0.2
TITLE_FIELD = "alt_title"
TITLE_BOOSTS = {"title": 20.0, TITLE_FIELD: 5.0}
"""The theme's 1000 for titles lets any title that has a word beginning as "de" does win over the text sought."""
TOPIC_BOOST = 3
"""A page that explains a subject comes before those that apply it."""
_STEMMERS = {"en": "english", "pt": "portuguese"}
_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Between the parts of a name such as ``VMMigrationNetwork``."""
_TAG = re.compile(r"<[^>]+>")

_PLURALS = {
    "pt": (("ão", "ões"), ("m", "ns"), ("al", "ais"), ("el", "eis"), ("il", "is"), ("r", "res"), ("z", "zes")),
    "en": (("y", "ies"), ("ch", "ches"), ("sh", "shes"), ("x", "xes")),
}
_SINGULARS = {
    "pt": (("ões", "ão"), ("ns", "m"), ("ais", "al"), ("eis", "el"), ("res", "r"), ("zes", "z"), ("s", "")),
    "en": (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("s", "")),
}


def split(
    index: Mapping[str, Any], languages: Sequence[str], codes: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]]:
    """One index per language; the first language's pages are at the root, the others' below their tag.

    Locations become relative to the language's own root. ``codes`` maps the location of a guideline's page to its
    code, which then leads its title: who types the code wants that page before all that mention it.
    """
    others = {f"{tag}/": tag for tag in languages[1:]}
    documents: dict[str, list[Document]] = {tag: [] for tag in languages}
    for document in index["docs"]:
        prefix = next((each for each in others if document["location"].startswith(each)), "")
        tag = others.get(prefix, languages[0])
        location = document["location"].removeprefix(prefix)
        title = f"{(codes or {}).get(location, '')} {document['title']}".strip()
        documents[tag].append({**document, "location": location, "title": title})
    return {tag: _index(index["config"], tag, found) for tag, found in documents.items()}


def write_split(site: Path, languages: Sequence[str], codes: Mapping[str, str]) -> None:
    """Take the index of a built site apart: ``search/search_index.json`` below each language's root."""
    path = site / "search" / "search_index.json"
    for tag, index in split(json.loads(path.read_text(encoding="utf-8")), languages, codes).items():
        target = path if tag == languages[0] else site / tag / "search" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def variants(
    documents: Sequence[Document], tag: str, separator: str = r"\s+", corpus: Sequence[Document] | None = None
) -> list[str]:
    """What to find each document by besides its own words, which the theme takes apart at *separator*.

    Words with the same stem are those of *corpus*, or of the documents themselves.
    """
    language = tag.partition("-")[0]
    texts = [_text(document) for document in documents]
    words = [set(_WORD.findall(text.lower())) for text in texts]
    known = [set(re.split(separator, text.lower())) for text in texts]
    families: dict[str, set[str]] = defaultdict(set)
    for word in _words(documents if corpus is None else corpus):
        families[fold(_stem(word, language))].add(word)
    found = (_variants(text, own, families, language) for text, own in zip(texts, words, strict=True))
    return [" ".join(sorted(each - whole)) for each, whole in zip(found, known, strict=True)]


def fold(word: str) -> str:
    """A word without its accents."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _index(config: Mapping[str, Any], tag: str, documents: list[Document]) -> dict[str, Any]:
    for document, alternative in zip(documents, variants(documents, tag, config["separator"]), strict=True):
        document[FIELD] = alternative
    titles = [{"title": document["title"], "text": ""} for document in documents]
    alternatives = variants(titles, tag, config["separator"], corpus=documents)
    for document, alternative in zip(documents, alternatives, strict=True):
        document[TITLE_FIELD] = alternative
        if document["location"].startswith("topics/") and "#" not in document["location"]:
            document.setdefault("boost", TOPIC_BOOST)
    boosts = {FIELD: BOOST, **TITLE_BOOSTS}
    fields = {**config["fields"], **{name: {"boost": boost} for name, boost in boosts.items()}}
    short = tag.partition("-")[0]
    # The theme has no script for every language.
    known = [short if short in config["lang"] else DEFAULT]
    return {"config": {**config, "lang": known, "fields": fields}, "docs": documents}


def _variants(text: str, own: set[str], families: Mapping[str, set[str]], language: str) -> set[str]:
    found = own | {part.lower() for name in _WORD.findall(text) for part in _PART.split(name) if len(part) > 1}
    for word in own:
        if len(word) < 3 or not word.isalpha():
            continue
        found |= families[fold(_stem(word, language))]
        found |= _forms(word, language)
    flat = " ".join(text.split())
    for pattern, others in _synonyms(language):
        if pattern.search(flat):
            found |= others
    return found | {fold(word) for word in found}


def _forms(word: str, language: str) -> set[str]:
    """Singular and plural of a word by rule; some do not exist, and nobody types those."""
    singular = next((word[: -len(e)] + new for e, new in _SINGULARS.get(language, ()) if word.endswith(e)), "")
    plural = next((word[: -len(e)] + new for e, new in _PLURALS.get(language, ()) if word.endswith(e)), f"{word}s")
    return {form for form in (singular, "" if word.endswith("s") else plural) if len(form) > 2}


def _words(documents: Sequence[Document]) -> set[str]:
    return set().union(*(_WORD.findall(_text(document).lower()) for document in documents))


def _text(document: Document) -> str:
    return unescape(_TAG.sub(" ", f"{document['title']} {document['text']}"))


@functools.cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(_STEMMERS[language])


@functools.cache
def _stem(word: str, language: str) -> str:
    """The stem of a word; the stemmer is slow, so each word is asked about once."""
    return str(_stemmer(language).stemWord(word)) if language in _STEMMERS else word


@functools.cache
def _synonyms(language: str) -> list[tuple[re.Pattern[str], set[str]]]:
    """Terms of the glossary, each with the words that readers may type in its place."""
    tag = next((each for each in LANGUAGES if each.partition("-")[0] == language), "")
    return [
        (glossary.word_pattern(term), {word for word in _WORD.findall(" ".join(others).lower()) if len(word) > 2})
        for term, others in glossary.load().synonyms(tag)
    ]
