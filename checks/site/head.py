"""What the theme writes into a page and must be otherwise: language, alternate addresses, where search looks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from html import escape
from urllib.parse import urljoin

from checks.i18n import DEFAULT

_HTML_LANG = re.compile(r'<html lang="[^"]*"')
_ALTERNATE = re.compile(r'[ \t]*<link rel="alternate" href="[^"]*" hreflang="[^"]*">\n?')

_SCRIPT = re.compile(r'<script src="(?P<address>(?P<folder>[^"]*assets/javascripts/)bundle\.[^"]*)"></script>')
_BODY = re.compile(r"<body [^>]*>")
_DARK = (
    '<script>__md_get("__palette")||matchMedia("(prefers-color-scheme: dark)").matches'
    '&&document.body.setAttribute("data-md-color-scheme","slate")</script>'
)
"""The colours that the system asks for, from the first paint; the theme's script alone would show the light ones first.
What a reader chose before, the theme sets by itself."""
_CLASSES = '<script>document.documentElement.className = "js-focus-visible js"</script>\n'
"""What the theme's script makes of the class later, when every change of it has the browser compute all styles anew."""
_SCHEMES = '<meta name="color-scheme" content="light dark">\n'
"""The first such element counts. theme.js holds that of the theme's script back."""
_DRAWER = re.compile(
    r'<label (?P<look>class="md-header__button md-icon") for="__drawer">(?P<icon>.*?)</label>', re.DOTALL
)
_NAVIGATION = re.compile(r'<nav class="md-nav md-nav--primary[^"]*" aria-label="(?P<name>[^"]*)"')

_SECTION = re.compile(
    r'<nav class="md-nav" data-md-level="\d+" aria-labelledby="(?P<id>__nav_[\d_]+)_label"[^>]*>\s*'
    r'<label class="md-nav__title" for="(?P=id)">\s*<span class="md-nav__icon md-icon"></span>(?P<title>[^<]*)</label>'
)
"""A section of the navigation. What its name refers to is empty where the section has a page of its own."""
_SWITCH = re.compile(r'<input class="md-nav__toggle [^"]*" type="checkbox" id="(?P<id>__nav_[\d_]+)"')
_FOCUSABLE_LABEL = re.compile(r'(<label class="md-nav__link[^"]*" for="__nav_[\d_]+" id="[^"]*") tabindex="0?">')


def fix_head(html: str, url: str, language: str, alternates: Mapping[str, str], site_url: str, label: str) -> str:
    """A built page with the right language, absolute alternates, and a search of its own language.

    Args:
        html: the page as the theme made it.
        url: its address from the site's root; empty for the home page.
        language: its language tag.
        alternates: language tag and address, from the site's root, of each translation, itself included.
        site_url: the site's own address, with a slash at its end.
        label: what the search dialog is called; the theme leaves it without a name.
    """
    html = _HTML_LANG.sub(f'<html lang="{language}"', html, count=1)
    html = _ALTERNATE.sub("", html)
    html = html.replace("</head>", f"{_SCHEMES}{_CLASSES}{_alternates(alternates, site_url)}</head>", 1)
    html = with_names(with_script_later(html), label)
    root = "" if language == DEFAULT else f"{language}/"
    return set_search_base(html, base_of(url, root))


def without_alternates(html: str) -> str:
    """A page that has no translations of its own, such as the one for addresses that do not exist."""
    return _ALTERNATE.sub("", html)


def with_script_later(html: str) -> str:
    """A page in the colours that the system asks for, where theme.js decides when the theme's script runs."""
    html = _BODY.sub(lambda match: match[0] + _DARK, html, count=1)
    return _SCRIPT.sub(r'<script src="\g<folder>theme.js" data-script="\g<address>" defer></script>', html, count=1)


def with_names(html: str, label: str) -> str:
    """Names for what the theme leaves without: the search dialog, and each part of the navigation by its section.

    The theme folds parts of the navigation with labels, which a keyboard does not reach or a screen reader does not
    announce. Here the check boxes behind them are reached instead, by name. The drawer of narrow screens is opened by
    a button, which page.js serves; where no scripts run, the label stays.
    """
    html = html.replace(
        'data-md-component="search" role="dialog"',
        f'data-md-component="search" role="dialog" aria-label="{escape(label)}"',
        1,
    )
    navigation = _NAVIGATION.search(html)
    if navigation:
        html = _DRAWER.sub(lambda match: _drawer_button(match, navigation["name"]), html, count=1)
    titles = {each["id"]: " ".join(each["title"].split()) for each in _SECTION.finditer(html)}

    def named(match: re.Match[str]) -> str:
        parts = match["id"].removeprefix("__nav_").split("_")
        path = ["__nav_" + "_".join(parts[: end + 1]) for end in range(len(parts))]
        name = ": ".join(titles[each] for each in path if each in titles)
        return match[0].replace(f'aria-labelledby="{match["id"]}_label"', f'aria-label="{name}"')

    def switch(match: re.Match[str]) -> str:
        return f'{match[0]} aria-label="{titles[match["id"]]}"' if match["id"] in titles else match[0]

    return _FOCUSABLE_LABEL.sub(r"\1>", _SWITCH.sub(switch, _SECTION.sub(named, html)))


def _drawer_button(label: re.Match[str], name: str) -> str:
    button = f'<button type="button" {label["look"]} data-hv-drawer aria-label="{name}" aria-expanded="false">'
    return f"{button}{label['icon']}</button><noscript>{label[0]}</noscript>"


def base_of(url: str, root: str) -> str:
    """The relative address of *root* as seen from *url*; without the slash, browsers leave out its last part."""
    folder = posixpath.dirname(f"/{url}")
    return posixpath.relpath(f"/{root}", folder) + "/"


def set_search_base(html: str, base: str) -> str:
    """The page with another ``base`` in Material's configuration: search loads its index from there."""
    start = html.find('<script id="__config"')
    if start < 0:
        return html
    end = html.find("</script>", start)
    config = re.sub(r'"base": ?"[^"]*"', f'"base": "{base}"', html[start:end], count=1)
    return html[:start] + config + html[end:]


def _alternates(alternates: Mapping[str, str], site_url: str) -> str:
    # The space after "alternate" keeps it a valid token, but the theme's script, which compares exactly, does not
    # fetch a sitemap beside each of these addresses.
    links = {**alternates, "x-default": alternates[DEFAULT]} if DEFAULT in alternates else dict(alternates)
    return "".join(
        f'<link rel="alternate " href="{escape(urljoin(site_url, url.removeprefix("./")))}" hreflang="{tag}">\n'
        for tag, url in links.items()
    )
