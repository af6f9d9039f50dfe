"""``hvnet new``: the four files of a guideline, with everything in them that still has to be written marked ``TODO:``.

``hvnet verify`` tells each mark, and what is missing besides, until the guideline is complete.
"""

from __future__ import annotations

import difflib
import functools
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from checks.console import UserError, say
from checks.guidelines import all_guidelines
from checks.i18n import DEFAULT, REQUIRED, Message, Verbatim, _
from checks.model import AREAS
from checks.paths import CASES, DOCS, GUIDELINES, ROOT
from checks.site.gates.codes import PREFIXES, retired_codes

_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NOT_NAMES = {"index"}
"""Names that the site needs for itself."""


@dataclass(frozen=True)
class Draft:
    """A guideline that is to be written."""

    area: str
    name: str
    code: str

    @property
    def module(self) -> str:
        """The name in Python: of the module, and of the check in it."""
        return self.name.replace("-", "_")

    @property
    def check(self) -> Path:
        """The file of the check."""
        return GUIDELINES / self.area.replace("-", "_") / f"{self.module}.py"

    @property
    def cases(self) -> Path:
        """The case file."""
        return CASES / self.area.replace("-", "_") / f"{self.module}.yaml"

    def page(self, language: str) -> Path:
        """The page in a language."""
        return DOCS / language / "guidelines" / self.area / f"{self.name}.md"

    @property
    def files(self) -> list[Path]:
        """All of its files, the check first."""
        return [self.check, self.cases, *(self.page(language) for language in REQUIRED)]


def create(slug: str, code: str | None) -> Draft:
    """Write the files of a new guideline.

    Raises:
        UserError: this is an installation, or the name or the code does not do.
    """
    if not (ROOT / "mkdocs.yml").exists():
        raise UserError(_("{command} needs a checkout: there are no pages and tests here", command=Verbatim("new")))
    area, name = _named(slug)
    draft = Draft(area, name, _coded(area, code))
    for path in draft.files:
        if path.exists():
            raise UserError(_("{path} is there already", path=Verbatim(_relative(path))))
    for path, text in _texts(draft):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return draft


def tell(draft: Draft) -> None:
    """Print what was written, and what to do next."""
    for path in draft.files:
        print(_relative(path))
    print()
    for number, step in enumerate(_steps(draft), 1):
        print(f"{number}. {say(step)}")


def _steps(draft: Draft) -> Iterator[Message]:
    """What is left to do; CONTRIBUTING.md tells it at length."""
    yield _("Write the check in {path}. What can be read of a host is in checks/facts.", path=_shown(draft.check))
    yield _("Fill in the cases in {path}: facts, and what the check must say of them.", path=_shown(draft.cases))
    yield _("Write the page in every language; the sections and the calls in braces stay as they are.")
    yield _(
        "Bring the new sentences into the catalogue with {command}, and translate them.",
        command=Verbatim("hvnet i18n update"),
    )
    yield _(
        "Record with {command} that the translated page says what the English one says.",
        command=Verbatim(f"hvnet i18n sync guidelines/{draft.area}/{draft.name}.md"),
    )
    yield _("{command} says what is still missing. CONTRIBUTING.md has an example.", command=Verbatim("hvnet verify"))


def _named(slug: str) -> tuple[str, str]:
    """Area and name.

    Raises:
        UserError: they are not written as names are, or there is no such area.
    """
    area, slash, name = slug.partition("/")
    if not slash or not _SLUG.fullmatch(area) or not _SLUG.fullmatch(name):
        raise UserError(
            _(
                "{name} is not a guideline's name: write AREA/NAME in small letters, such as live-migration/enabled",
                name=Verbatim(slug),
            )
        )
    if area not in AREAS:
        raise UserError(_no_area(area))
    if keyword.iskeyword(name) or name in _NOT_NAMES:
        raise UserError(_("{name} cannot be a guideline's name: it means something already", name=Verbatim(name)))
    return area, name


def _no_area(area: str) -> Message:
    close = difflib.get_close_matches(area, AREAS, n=1)
    if close:
        return _("there is no area {area}; did you mean {close}?", area=Verbatim(area), close=Verbatim(close[0]))
    return _("there is no area {area}; the areas are {known}", area=Verbatim(area), known=Verbatim(", ".join(AREAS)))


def _coded(area: str, code: str | None) -> str:
    """The code that was asked for, or the next one of the area.

    Raises:
        UserError: it does not fit the area, or it is or was another guideline's.
    """
    prefix = PREFIXES[area]
    used, retired = {each.code for each in _known()}, retired_codes()
    if code is None:
        numbers = [int(each[len(prefix) :]) for each in used | retired if re.fullmatch(rf"{prefix}\d{{3}}", each)]
        return f"{prefix}{max(numbers, default=0) + 1:03}"
    if not re.fullmatch(rf"{prefix}\d{{3}}", code):
        raise UserError(
            _(
                "{code} is not a code of this area; it is like {wanted}",
                code=Verbatim(code),
                wanted=Verbatim(f"{prefix}001"),
            )
        )
    if code in retired:
        raise UserError(_("{code} belonged to a guideline that was retired; it is not used again", code=Verbatim(code)))
    if code in used:
        raise UserError(_("{code} belongs to another guideline", code=Verbatim(code)))
    return code


def _known() -> tuple[Any, ...]:
    try:
        return all_guidelines()
    except LookupError:
        return ()


def _texts(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Every file with its text; an area's first guideline brings the area's package."""
    package = draft.check.with_name("__init__.py")
    if not package.exists():
        yield package, f'"""Guidelines of the area {draft.area}."""\n'
    yield draft.check, _render("check.py.j2", DEFAULT, draft)
    yield draft.cases, _render("cases.yaml.j2", DEFAULT, draft)
    for language in REQUIRED:
        yield draft.page(language), _render("page.md.j2", language, draft)


def _render(template: str, language: str, draft: Draft) -> str:
    def translate(text: str, /, **values: Any) -> str:
        return Message(text, values).render(language)

    titles = {each: _("TODO: what the page calls this example").render(each) for each in REQUIRED}
    values = {"draft": draft, "today": datetime.now(UTC).date(), "_": translate, "titles": titles}
    return _templates().get_template(template).render(values)


@functools.cache
def _templates() -> Environment:
    # Files of ours that become sources: nothing in them is HTML.
    return Environment(  # noqa: S701
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _shown(path: Path) -> Verbatim:
    return Verbatim(_relative(path))
