"""The project's glossary: one source for the gates, the glossary page, the tooltips and the search's synonyms."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from checks.i18n import LANGUAGES, REQUIRED
from checks.paths import LOCALES

PATH = LOCALES / "glossary.yaml"

Gender = Literal["m", "f", "-"]
"""Of the Portuguese noun; ``-`` for verbs, and for words that do not change."""

Words = Mapping[str, tuple[str, ...]]
"""Words per language."""

_MASCULINE = "o os do dos no nos ao aos pelo pelos um uns num este esse aquele neste nesse deste desse nenhum outro"
_FEMININE = "da das na nas à às pela pelas uma umas numa esta essa aquela nesta nessa desta dessa nenhuma outra"
_ARTICLES: Mapping[Gender, Sequence[str]] = {"f": _MASCULINE.split(" "), "m": _FEMININE.split(" ")}
"""What may not stand before an acronym of a gender. A bare *a* is left out: it is a preposition as well."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Term(_Part):
    """A thing, and how it is called in each language."""

    en: str = Field(min_length=1)
    pt_br: str = Field(min_length=1, alias="pt-BR")
    gender: Gender
    keep_english: bool = False
    """Portuguese texts use the English word."""
    acronym: str | None = None
    acronym_gender: Gender | None = None
    """Where the acronym has another gender than the words that it stands for."""
    expansion: Mapping[str, str] = {}
    """What the acronym stands for, or is explained by."""
    variants: Words = {}
    """Other right words."""
    once: Words = {}
    """Other right words, for the first mention on a page only."""
    forms: Words = {}
    """Plurals of more than one word, by which search and tooltips find the term."""
    forbidden: Words = {}
    """Wrong words. Those without a capital are wrong at the start of a sentence too."""
    search: Words = {}
    """What readers type although pages do not say it."""
    definition: Mapping[str, str] = {}
    """One sentence; terms that have it get a tooltip."""
    no_tooltip: bool = False
    """For acronyms that readers know, or that have another sense as well."""

    @field_validator("variants", "once", "forms", "forbidden", "search", "expansion", "definition")
    @classmethod
    def _known_languages(cls, value: Mapping[str, object]) -> Mapping[str, object]:
        if unknown := set(value) - set(LANGUAGES):
            raise ValueError(f"no such language: {', '.join(sorted(unknown))}")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Term:
        for name in ("expansion", "definition"):
            texts: Mapping[str, str] = getattr(self, name)
            if texts and not all(texts.get(language, "").strip() for language in REQUIRED):
                raise ValueError(f"{self.en}: {name} is not there in every language")
        if bool(self.acronym) != bool(self.expansion):
            raise ValueError(f"{self.en}: an acronym and its expansion go together")
        if self.keep_english and self.en != self.pt_br:
            raise ValueError(f"{self.en}: kept in English, so both languages have the same word")
        if self.definition and any(text[-1] != "." for text in self.definition.values()):
            raise ValueError(f"{self.en}: a definition is a sentence, with a full stop")
        return self

    def name(self, language: str) -> str:
        """The preferred word; languages without one of their own say the English word."""
        return self.pt_br if language == "pt-BR" else self.en

    def meaning(self, language: str) -> str:
        """The definition, or nothing."""
        return self.definition.get(language) or self.definition.get("en", "")

    def also(self, language: str) -> list[str]:
        """Other words that readers meet, the expansion of an acronym among them."""
        others = [self.acronym or "", self.expansion.get(language, ""), *self.once.get(language, ())]
        others += self.variants.get(language, ())
        return [each for each in dict.fromkeys(others) if each and each != self.name(language)]


class Tooltip(NamedTuple):
    """An explanation, and the term that it is about."""

    term: str
    text: str


class Wrong(_Part):
    """Words that are wrong in any sense, and what to write."""

    words: tuple[str, ...] = Field(min_length=1)
    use: str = Field(min_length=1)


class Glossary(_Part):
    """All terms, and words that are wrong without belonging to a term."""

    terms: tuple[Term, ...]
    wrong: Mapping[str, tuple[Wrong, ...]] = {}

    @model_validator(mode="after")
    def _no_duplicates(self) -> Glossary:
        for names in ([t.en for t in self.terms], [t.pt_br for t in self.terms], [*self._acronyms()]):
            if double := {each for each in names if names.count(each) > 1}:
                raise ValueError(f"more than once: {', '.join(sorted(double))}")
        for language in LANGUAGES:
            words = [word for word, _use in self.forbidden(language)]
            if double := {each for each in words if words.count(each) > 1}:
                raise ValueError(f"forbidden more than once: {', '.join(sorted(double))}")
        return self

    def _acronyms(self) -> Iterator[str]:
        yield from (term.acronym for term in self.terms if term.acronym)

    def forbidden(self, language: str) -> list[tuple[str, str]]:
        """Each wrong word and what to write in its place."""
        found = [(word, term.name(language)) for term in self.terms for word in term.forbidden.get(language, ())]
        return found + [(word, each.use) for each in self.wrong.get(language, ()) for word in each.words]

    def once(self, language: str) -> list[tuple[str, str]]:
        """Words for the first mention only, and the preferred ones."""
        return [(word, term.name(language)) for term in self.terms for word in term.once.get(language, ())]

    def genders(self) -> dict[str, tuple[Gender, Sequence[str]]]:
        """Acronym -> its gender in Portuguese and the words that may not stand before it."""
        found: dict[str, tuple[Gender, Sequence[str]]] = {}
        for term in self.terms:
            gender = term.acronym_gender or term.gender
            if term.acronym and gender in _ARTICLES:
                found[term.acronym] = (gender, _ARTICLES[gender])
        return found

    def tooltips(self, language: str) -> dict[str, Tooltip]:
        """What a page may say -> its explanation. An acronym's begins with what it stands for."""
        found: dict[str, Tooltip] = {}
        for term in self.terms:
            if language not in term.definition or term.no_tooltip:
                continue
            text = term.definition[language]
            if term.acronym:
                expansion = term.expansion[language]
                long = Tooltip(term.en, f"{expansion[:1].upper()}{expansion[1:]}. {text}")
                found |= {term.acronym: long, f"{term.acronym}s": long}
            for name in (term.name(language), *term.forms.get(language, ())):
                found.setdefault(name, Tooltip(term.en, text))
        return found

    def synonyms(self, language: str) -> list[tuple[str, tuple[str, ...]]]:
        """What a page may say -> what readers type instead; for the search of a language."""
        if language not in LANGUAGES:
            return []
        found = []
        for term in self.terms:
            others = [term.name(language), *term.also(language), *term.search.get(language, ())]
            others += [] if language == "en" else [term.en]
            plurals = [f"{each}s" for each in (term.name(language), term.acronym) if each]
            said = (term.name(language), term.acronym, *plurals)
            said += (*term.forms.get(language, ()), *term.variants.get(language, ()))
            for name in dict.fromkeys(said):
                if name and (words := tuple(each for each in dict.fromkeys(others) if each != name)):
                    found.append((name, words))
        return found


def is_said(word: str, text: str) -> bool:
    """Whether a text says a word: words with a capital as they are written, others with any capitals."""
    return word_pattern(word).search(text) is not None


@functools.cache
def word_pattern(word: str) -> re.Pattern[str]:
    """A word or several, whole, with any white space between them."""
    inner = r"\s+".join(re.escape(part) for part in word.split())
    return re.compile(rf"(?<![\w-]){inner}(?!\w)", re.IGNORECASE if word == word.lower() else 0)


def read(path: Path) -> Glossary:
    """The glossary in a file.

    Raises:
        pydantic.ValidationError: a term is not complete, not allowed, or there twice.
    """
    return Glossary.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@functools.cache
def load() -> Glossary:
    """The project's glossary."""
    return read(PATH)
