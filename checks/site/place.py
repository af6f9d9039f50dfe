"""Where something is shown: the language, the page, and what all pages of one build share."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from checks.cases import case_path
from checks.i18n import DEFAULT, Message, show
from checks.model import Guideline
from checks.paths import PACKAGE, ROOT
from checks.site.mutation import Mutation
from checks.site.results import Results


@dataclass(frozen=True)
class Repository:
    """The project's repository on the web."""

    url: str
    branch: str = "main"

    @classmethod
    def of(cls, repo_url: str | None, edit_uri: str | None) -> Repository:
        """The repository as mkdocs.yml has it: ``edit_uri`` is ``edit/<branch>/docs/``."""
        parts = (edit_uri or "").strip("/").split("/")
        return cls((repo_url or "").rstrip("/"), parts[1] if len(parts) > 1 else "main")

    def file(self, path: str) -> str:
        """The address of a file of the repository."""
        return f"{self.url}/blob/{self.branch}/{path}"


@dataclass(frozen=True)
class Site:
    """What all pages of one build share."""

    repository: Repository
    guidelines: Sequence[Guideline]
    results: Results
    directory_urls: bool = True
    mutation: Mutation = field(default_factory=Mutation)


@dataclass(frozen=True)
class Place:
    """A page in a language. ``page`` is its path inside the language's folder, such as ``lab.md``.

    A page that a language has not translated is in English, but ``among`` the pages of that language.
    """

    site: Site
    language: str
    page: str
    among: str = ""

    @property
    def is_fallback(self) -> bool:
        """Whether the page stands in for one that is not translated."""
        return self._home != self.language

    @property
    def _home(self) -> str:
        return self.among or self.language

    @property
    def guideline(self) -> Guideline | None:
        """The guideline that the page belongs to, by its path."""
        return next((each for each in self.site.guidelines if page_of(each) == self.page), None)

    def say(self, message: Message) -> str:
        """A message in the page's language."""
        return message.render(self.language)

    def date(self, day: date) -> str:
        """A date in words of the page's language."""
        return show(day, self.language)

    def moment(self, when: datetime) -> str:
        """Date and time in the page's language, with its zone."""
        return show(when, self.language)

    def link(self, page: str, language: str | None = None) -> str:
        """The relative address of another page, in the same language or in another."""
        here, there = self._address(self._home, self.page), self._address(language or self._home, page)
        start = here if self.site.directory_urls else posixpath.dirname(here)
        relative = posixpath.relpath(f"/{there}", f"/{start}")
        return f"{relative}/" if self.site.directory_urls else relative

    def file(self, name: str) -> str:
        """The relative address of a file at the root of the site."""
        here = self._address(self._home, self.page)
        return posixpath.relpath(f"/{name}", f"/{here if self.site.directory_urls else posixpath.dirname(here)}")

    def _address(self, language: str, page: str) -> str:
        prefix = "" if language == DEFAULT else f"{language}/"
        if not self.site.directory_urls:
            return f"{prefix}{page.removesuffix('.md')}.html"
        folder, name = posixpath.split(page.removesuffix(".md"))
        return prefix + (folder if name == "index" else posixpath.join(folder, name))


def page_of(guideline: Guideline) -> str:
    """The path of a guideline's page inside a language's folder."""
    return f"guidelines/{guideline.slug}.md"


def check_of(guideline: Guideline) -> str:
    """The path of a guideline's check in the repository."""
    module = Path(*guideline.check.__module__.split(".")[1:]).with_suffix(".py")
    return (Path(PACKAGE.name) / module).as_posix()


def cases_of(guideline: Guideline) -> str:
    """The path of a guideline's case file in the repository."""
    return case_path(guideline).relative_to(ROOT).as_posix()
