"""The MkDocs plugin: it hands events over to functions that know nothing of MkDocs.

mkdocs-static-i18n builds the further languages from within its own ``on_post_build``, with the same configuration
object: most events arrive once per language. What holds for the whole build is made once and kept here.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from jinja2 import Environment
from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from checks import glossary, i18n
from checks.guidelines import all_guidelines
from checks.i18n import DEFAULT, _
from checks.paths import CASES, LAB_HOSTS, LOCALES, ROOT
from checks.site import gates, mutation, results, tracefiles
from checks.site.calls import CALLS
from checks.site.fallback import with_note
from checks.site.head import fix_head, with_names, with_script_later, without_alternates
from checks.site.metadata import About, changed, modified, with_metadata
from checks.site.nav import with_guidelines
from checks.site.offer import with_offers
from checks.site.overview import not_found
from checks.site.place import Place, Repository, Site, page_of
from checks.site.render import TEMPLATES, RenderError, render_page
from checks.site.search import write_split
from checks.site.snippets import with_card
from checks.site.styles import sheets, with_one_sheet, write_together
from checks.site.tooltips import with_tooltips
from checks.site.trace import trace
from checks.site.words import with_whole_words

log = get_plugin_logger(__name__)


class HvnetConfig(Config):  # type: ignore[no-untyped-call]
    """Options in mkdocs.yml."""

    junit = config_options.Type(str, default="")
    """pytest's results; by default ``HVNET_JUNIT``, else ``build/junit.xml``."""


class HvnetPlugin(BasePlugin[HvnetConfig]):  # type: ignore[no-untyped-call]
    """Generated parts of pages, navigation, search per language, and the gates that hold it all together."""

    site: Site
    sheets: Sequence[str] = ()
    nav: list[Any] | None = None
    days: dict[str, date]

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Being there makes MkDocs keep this object while it serves."""

    @event_priority(100)  # before all that look at the languages
    def _on_config_of_languages(self, config: MkDocsConfig) -> MkDocsConfig:
        """Build the site in the languages of ``locales/languages.yaml``."""
        if not self._i18n(config).building:
            _add_languages(self._i18n(config).config, config.theme.dirs, _search(config))
        return config

    @event_priority(-150)  # after static-i18n, which then knows the language
    def _on_config_of_language(self, config: MkDocsConfig) -> MkDocsConfig:
        """Start a build; then, for each language, put the guidelines into the navigation."""
        if not self._i18n(config).building:
            self._start(config)
        config.nav = with_guidelines(deepcopy(self.nav or []), self.site.guidelines, self._language(config))
        return config

    on_config = CombinedEvent(_on_config_of_languages, _on_config_of_language)

    @event_priority(100)  # before static-i18n, which translates the titles of admonitions
    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Answer the calls of a page, and put the card on a guideline's page."""
        place = self._place(page, config)
        if place.guideline is not None:
            page.meta.setdefault("description", place.say(place.guideline.title))
        lines_before = page.file.content_string.count("\n") - markdown.count("\n")
        try:
            return with_card(render_page(markdown, place, CALLS, lines_before + 1), place)
        except RenderError as error:
            raise PluginError(str(error)) from error

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Explain the terms that a page mentions, unless its front matter has ``tooltips: false``."""
        place = self._place(page, config)
        html = with_whole_words(html)
        if page.meta.get("tooltips", True):
            html = with_tooltips(html, glossary.load().tooltips(place.language))
        return with_note(html, place) if place.is_fallback else html

    @event_priority(-50)  # after static-i18n, which leaves the home page's links absolute
    def on_page_context(self, context: Any, *, page: Page, config: MkDocsConfig, nav: Any) -> Any:
        """Let the language switch stay on the page, by relative links."""
        alternates = _alternates(page)
        for each in config.extra.get("alternate", []):
            each["link"] = alternates.get(each["lang"], each["link"])
        return context

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Mend the head of the page, and offer its other languages."""
        language, place = self._language(config), self._place(page, config)
        url = "" if page.url == "./" else page.url
        label = _("Search").render(language)
        html = fix_head(output, url, language, _alternates(page), config.site_url or "/", label)
        links = {tag: place.link(place.page, tag) for tag in _translations(page)}
        self.sheets = sheets(html)
        return with_one_sheet(with_offers(with_metadata(html, self._about(page, place, config)), place, links))

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """What our own theme templates call."""
        base = urlsplit(config.site_url or "/").path
        env.globals["hvnet_not_found"] = functools.partial(not_found, self.site, base)
        return env

    def on_post_template(self, output: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Keep one page for addresses that do not exist: that of the first language, which speaks them all."""
        if template_name != "404.html":
            return output
        html = with_names(with_script_later(without_alternates(output)), _("Search").render(DEFAULT))
        return with_one_sheet(html) if self._language(config) == DEFAULT else ""

    @event_priority(-200)  # after static-i18n, which has then built every language
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Give each language a search index of its own, publish the traceability, and join the style sheets."""
        if not self._i18n(config).building:
            home = Place(self.site, DEFAULT, "index.md")
            codes = {home.link(page_of(each)): each.code for each in self.site.guidelines}
            write_split(Path(config.site_dir), self._i18n(config).build_languages, codes)
            found = trace(self.site.guidelines, self.site.results, self.site.mutation)
            tracefiles.publish(found, Path(config.site_dir))
            write_together(Path(config.site_dir), self.sheets)

    def _start(self, config: MkDocsConfig) -> None:
        """Read what the whole build shares, and let the gates speak."""
        i18n.translations.cache_clear()
        glossary.load.cache_clear()
        self.nav = deepcopy(config.nav)
        self.days = changed()
        config.watch.extend(str(path) for path in (TEMPLATES, CASES, LAB_HOSTS, LOCALES) if path.exists())
        junit = Path(self.config.junit or os.environ.get("HVNET_JUNIT") or results.JUNIT)
        try:
            found = results.load(ROOT / junit)
            repository = Repository.of(config.repo_url, config.edit_uri)
            measured = mutation.load()
            self.site = Site(repository, all_guidelines(), found, config.use_directory_urls, measured)
        except (results.CollectionError, results.NotJUnit, mutation.MutationError, LookupError) as error:
            raise PluginError(str(error)) from error
        for breach in gates.breaches(collected=found.collected):
            log.warning(breach.render(DEFAULT))

    def _about(self, page: Page, place: Place, config: MkDocsConfig) -> About:
        """What others are told of a page; one that is not translated is told of as the English page that it shows."""
        root = config.site_url or "/"
        return About(
            title=str(page.meta.get("title") or page.title or config.site_name),
            description=str(page.meta.get("description") or config.site_description or ""),
            language=place.language,
            url=page.canonical_url or root,
            site=config.site_name,
            home=urljoin(root, "" if place.language == DEFAULT else f"{place.language}/"),
            author=self.site.repository.url,
            others=[tag for tag in _translations(page) if tag != place.language],
            modified=modified(place, self.days),
        )

    def _place(self, page: Page, config: MkDocsConfig) -> Place:
        file = _file(page)
        return Place(self.site, str(file.locale or DEFAULT), file.norm_src_uri, self._language(config))

    def _language(self, config: MkDocsConfig) -> str:
        return str(self._i18n(config).current_language or DEFAULT)

    @staticmethod
    def _i18n(config: MkDocsConfig) -> Any:
        return config.plugins["i18n"]


def _search(config: MkDocsConfig) -> Any:
    """The settings of the theme's search."""
    return next(plugin.config for name, plugin in config.plugins.items() if name.rpartition("/")[2] == "search")


def _add_languages(settings: Any, themes: Sequence[str], search: Any) -> None:
    """Put our languages into the settings of static-i18n and of the search; what mkdocs.yml says of one stays."""
    kind = type(settings.languages[0])
    said = {each.locale: {k: v for k, v in each.items() if v is not None} for each in settings.languages}
    settings.languages = []
    for language in i18n.KNOWN:
        entry = kind()
        named = {"locale": language.tag, "name": language.name, "default": language.tag == DEFAULT}
        entry.load_dict({**named, **language.site, **said.get(language.tag, {})})
        failed, _warnings = entry.validate()
        if failed:
            raise PluginError(f"locales/languages.yaml: {language.tag}: {failed[0][0]}: {failed[0][1]}")
        settings.languages.append(entry)
        short = language.tag.partition("-")[0]
        stemmer = f"assets/javascripts/lunr/min/lunr.{short}.min.js"
        if short not in search.lang and any(Path(theme, stemmer).exists() for theme in themes):
            search.lang.append(short)


def _file(page: Page) -> Any:
    """The page's file, to which static-i18n has added the languages."""
    return page.file


def _alternates(page: Page) -> dict[str, str]:
    """Language tag and address of each translation of a page, itself included."""
    return {tag: file.url for tag, file in _file(page).alternates.items()}


def _translations(page: Page) -> list[str]:
    """Tags of the languages that the page has a text in; others show it in English."""
    return [tag for tag, file in _file(page).alternates.items() if file.locale == tag]
