"""``hvnet i18n``: what translators and those who write English pages call."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from checks import catalogues, console, newlanguage, translations
from checks.console import Exit, UserError
from checks.i18n import DEFAULT, LANGUAGES, REQUIRED, Verbatim, _, match
from checks.options import Lang, ListFormat, mark
from checks.paths import ROOT
from checks.translations import Checkout

i18n = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help=mark("Translations: what is stale, what has changed, and what was reviewed."),
)


@i18n.callback(invoke_without_command=True)
def root(context: typer.Context, lang: Lang = None) -> None:
    if context.invoked_subcommand is None:
        sys.stdout.write(f"{context.get_help()}\n")
        raise typer.Exit(Exit.WRONG_USE)


Language = Annotated[
    str | None,
    typer.Option("--lang", metavar="LANG", help=mark("Language of the translation, and of what is printed.")),
]
Target = Annotated[str, typer.Argument(metavar="PAGE#SECTION", help=mark("Section, such as lab.md#start."))]
Targets = Annotated[
    list[str] | None, typer.Argument(metavar="PAGE[#SECTION]", help=mark("Pages or sections, such as lab.md#start."))
]
All = Annotated[bool, typer.Option("--all", help=mark("Every page."))]
Tag = Annotated[str, typer.Argument(metavar="TAG", help=mark("Language tag, such as es, pt-PT or zh-Hans."))]


@i18n.command(name="status", help=mark("Show sections that are stale, not translated, or too many."))
def status_command(format: ListFormat = "table", lang: Language = None) -> int:
    if format not in translations.FORMATS:
        raise UserError(
            _(
                "there is no format {asked}; the formats are {known}",
                asked=Verbatim(format),
                known=Verbatim(", ".join(translations.FORMATS)),
            )
        )
    return translations.status(_checkout(lang), format, console.out())


@i18n.command(name="diff", help=mark("Show what changed in English since a section was translated."))
def diff_command(section: Target, lang: Language = None) -> int:
    return translations.diff(_checkout(lang), section, console.out())


@i18n.command(name="sync", help=mark("Record that translations fit the English text of today."))
def sync_command(pages: Targets = None, all_pages: All = False, lang: Language = None) -> int:
    checkout = _checkout(lang)
    if bool(pages) == all_pages:
        raise UserError(_("name pages or sections, or --all"))
    changed, refused = translations.sync(checkout, pages or [])
    return translations.say_synced(checkout, changed, refused, console.out())


@i18n.command(name="new", help=mark("Start a language: catalogue, pages, lock, and its place on the site."))
def new_command(tag: Tag) -> int:
    _needs_checkout()
    for path in newlanguage.start(ROOT, tag):
        _print(path)
    return Exit.OK


@i18n.command(name="extract", help=mark("Write the template of the message catalogues."))
def extract_command() -> int:
    _needs_checkout()
    if catalogues.extract():
        _print(catalogues.template_path())
    return Exit.OK


@i18n.command(name="update", help=mark("Bring new messages into the catalogues and take away those that are gone."))
def update_command() -> int:
    _needs_checkout()
    for path in catalogues.update():
        _print(path)
    return Exit.OK


@i18n.command(name="compile-check", help=mark("Check that every catalogue can be compiled and its messages fit."))
def compile_check_command() -> int:
    found = [each for language in LANGUAGES if language != DEFAULT for each in catalogues.problems(language)]
    for each in found:
        console.out().print(Text(each.render(console.LANGUAGE)), soft_wrap=True)
    return Exit.FAILED if found else Exit.OK


def _checkout(language: str | None) -> Checkout:
    """This checkout, in the named language; else in the first that must be complete."""
    _needs_checkout()
    tag = match(language) if language else next((each for each in REQUIRED if each != DEFAULT), None)
    if tag is None or tag == DEFAULT:
        asked, known = Verbatim(language or DEFAULT), Verbatim(", ".join(LANGUAGES[1:]))
        raise UserError(_("there is no translation into {asked}; there are {known}", asked=asked, known=known))
    return Checkout(ROOT, tag)


def _needs_checkout() -> None:
    if not (ROOT / "mkdocs.yml").exists():
        message = _("{command} needs a checkout: there are no pages and tests here", command=Verbatim("i18n"))
        raise UserError(message)


def _print(path: Path) -> None:
    sys.stdout.write(f"{path.relative_to(ROOT).as_posix()}\n")
