"""From a page's source to Markdown: the calls in it are replaced by what they generate.

Pages are Jinja2 templates that are rendered before Markdown is. A code block that shows ``{{`` or ``{%`` itself
wraps them in ``{% raw %}…{% endraw %}``. Comments are written ``{## … ##}``, so that attribute lists such as
``{#id}`` stay what they are. A name or a call that does not exist is an error, never an empty space.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from checks.i18n import Message, show, written
from checks.site.escape import escape
from checks.site.place import Place

TEMPLATES = Path(__file__).resolve().parent / "templates"

Call = Callable[..., str]


class RenderError(Exception):
    """A page cannot be rendered; the text names the page, the line and the call."""


class CallError(Exception):
    """A call cannot be answered on this page; the text says why."""


def render_page(source: str, place: Place, calls: dict[str, Callable[..., str]], first_line: int = 1) -> str:
    """The Markdown of a page, with the results of its calls in place of the calls.

    Args:
        source: the page without its front matter.
        place: the page.
        calls: what a page may call; each gets the place first, then the call's own arguments.
        first_line: the line of the file that *source* begins at.

    Raises:
        RenderError: a call or a name does not exist, a call failed, or the syntax is wrong.
    """
    known = {name: _guarded(name, call, place) for name, call in calls.items()}
    try:
        return _pages().from_string(source).render(known)
    except TemplateError as error:
        line = (_line(error) or 1) + first_line - 1
        raise RenderError(f"docs/{place.language}/{place.page}:{line}: {error.message or error}") from error
    except CallError as error:
        line = (_line(error) or 1) + first_line - 1
        raise RenderError(f"docs/{place.language}/{place.page}:{line}: {error}") from error


def part(name: str, place: Place, **values: Any) -> str:
    """One of our own templates rendered for a place, ready to stand in Markdown.

    Everything that is put into it is escaped; ``_`` translates to the place's language.
    """
    environment = _parts()
    try:
        template = environment.get_template(name)
    except TemplateNotFound:
        raise CallError(f"there is no {name} in {TEMPLATES.relative_to(TEMPLATES.parents[2])}") from None
    text = template.render(place=place, **{**_helpers(place), **values})
    # Markdown ends a block of HTML at an empty line in some places: there are none.
    return "\n".join(line for line in text.splitlines() if line.strip())


def _helpers(place: Place) -> dict[str, Any]:
    def translate(text: str, /, **values: Any) -> Markup:
        return escape(Message(text, values).render(place.language))

    def translate_count(singular: str, plural: str, count: int, /, **values: Any) -> Markup:
        return escape(Message(singular, {"count": count, **values}, plural).render(place.language))

    return {
        "_": translate,
        "_n": translate_count,
        "say": lambda value: escape(show(value, place.language)),
        "written": lambda value: escape(written(value, place.language)),
    }


def _guarded(name: str, call: Call, place: Place) -> Callable[..., str]:
    @functools.wraps(call)
    def answer(*arguments: Any, **named: Any) -> str:
        try:
            return f"\n\n{call(place, *arguments, **named).strip()}\n\n"
        except (CallError, TypeError, LookupError) as error:
            raise CallError(f"{name}(): {error}") from error

    return answer


def _line(error: BaseException) -> int | None:
    """The line of the page that an error comes from; Jinja2 puts it into the traceback."""
    number: int | None = getattr(error, "lineno", None)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            number = trace.tb_lineno
        trace = trace.tb_next
    return number


@functools.cache
def _pages() -> Environment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        comment_start_string="{##",
        comment_end_string="##}",
    )


@functools.cache
def _parts() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=escape,
        trim_blocks=True,
        lstrip_blocks=True,
    )
