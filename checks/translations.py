"""``hvnet i18n status``, ``diff`` and ``sync``: how the translated pages stand to the English ones."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checks import console, revisions
from checks.console import Exit, UserError, complain, say
from checks.i18n import DEFAULT, Message, Verbatim, _, _n, lock_path, show
from checks.site import lock
from checks.site.lock import Entry, Section, State
from checks.site.source import PageSource

FORMATS = ("table", "json")
_TOKEN = re.compile(r"\s+|\S+")


@dataclass(frozen=True)
class Checkout:
    """A working copy, and the language that is looked at in it."""

    root: Path
    language: str

    @property
    def docs(self) -> Path:
        """The folder of the pages."""
        return self.root / "docs"

    @property
    def lock_file(self) -> Path:
        """What the language's pages were translated from."""
        return lock_path(self.language, self.root / "locales")

    def entries(self) -> list[Entry]:
        """The state of every section."""
        return lock.states(self.docs, lock.read(self.lock_file), self.language)

    def sections(self, language: str, page: str) -> dict[str, Section]:
        """The sections of a page; none where there is no page."""
        path = self.docs / language / page
        return lock.sections(PageSource.read(path)) if path.exists() else {}

    def place(self, path: Path) -> str:
        """A path as it is shown."""
        return path.relative_to(self.root).as_posix()


def status(checkout: Checkout, format: str, output: Console) -> int:
    """Print the sections that need somebody; exit 1 where the translation is not complete and fresh."""
    entries = checkout.entries()
    if format == "json":
        output.file.write(json.dumps(_as_json(checkout, entries), ensure_ascii=False, indent=2) + "\n")
    else:
        _show(checkout, entries, output)
    return Exit.FAILED if any(entry.state.is_wrong for entry in entries) else Exit.OK


def diff(checkout: Checkout, target: str, output: Console) -> int:
    """Print what changed in English since a section was translated, with its translation below."""
    page, section = split(checkout, target)
    entries = [entry for entry in checkout.entries() if entry.page == page]
    wanted = [e for e in entries if (e.section == section if section else e.state.is_wrong)]
    codes = [_diff(checkout, entry, output) for entry in wanted]
    if not wanted:
        output.print(say(_("{page}: nothing has changed since it was translated", page=Verbatim(page))))
    return max(codes, default=Exit.OK)


def sync(checkout: Checkout, targets: Sequence[str]) -> tuple[int, list[str]]:
    """Record that sections are right as they are; without targets, all of them.

    Returns:
        how many entries of the lock have changed, and the pages that were refused for their headings.
    """
    before = lock.read(checkout.lock_file)
    after = {page: dict(parts) for page, parts in before.items()}
    refused = []
    chosen = [split(checkout, target) for target in targets] or [(page, None) for page in _all_pages(checkout, after)]
    for page, section in chosen:
        if list(checkout.sections(DEFAULT, page)) != list(checkout.sections(checkout.language, page)):
            refused.append(page)
            continue
        after[page] = _recorded(checkout, page, section, after.get(page, {}))
    if after != before or not checkout.lock_file.exists():
        lock.write(checkout.lock_file, after)
    return _changes(before, after), refused


def split(checkout: Checkout, target: str) -> tuple[str, str | None]:
    """Page and section of ``lab.md#start``, ``lab#start`` or ``docs/en/lab.md``.

    Raises:
        UserError: there is no such page or section.
    """
    name, _hash, section = target.replace("\\", "/").partition("#")
    page = re.sub(rf"^(\./)?docs/({DEFAULT}|{re.escape(checkout.language)})/", "", name).removesuffix(".md") + ".md"
    known = {**checkout.sections(checkout.language, page), **checkout.sections(DEFAULT, page)}
    if not known:
        raise UserError(_("there is no page {page}; `hvnet i18n status --format json` names them", page=Verbatim(page)))
    if section and section not in known:
        listed = Verbatim(", ".join(known))
        raise UserError(
            _("{page} has no section {section}; it has {known}", page=Verbatim(page), section=section, known=listed)
        )
    return page, section or None


def say_synced(checkout: Checkout, changed: int, refused: Sequence[str], output: Console) -> int:
    """Print what :func:`sync` did; its exit code."""
    for page in refused:
        complain(
            _(
                "{page}: its headings have other ids in {language} than in English, so nothing was recorded",
                page=Verbatim(page),
                language=checkout.language,
            )
        )
    path = Verbatim(checkout.place(checkout.lock_file))
    output.print(say(_n("{path}: {count} entry changed", "{path}: {count} entries changed", changed, path=path)))
    return Exit.FAILED if refused else Exit.OK


def _all_pages(checkout: Checkout, locked: lock.Lock) -> list[str]:
    """All English pages that are translated; the lock forgets those that are gone."""
    english = set(lock.names(checkout.docs / DEFAULT))
    for page in set(locked) - english:
        del locked[page]
    return sorted(english & set(lock.names(checkout.docs / checkout.language)))


def _recorded(checkout: Checkout, page: str, section: str | None, locked: lock.Digests) -> lock.Digests:
    english = {name: each.digest for name, each in checkout.sections(DEFAULT, page).items()}
    if section is None:
        return english
    return {name: english[name] if name == section else locked[name] for name in english if name in {section, *locked}}


def _changes(before: lock.Lock, after: lock.Lock) -> int:
    old, new = (
        {(page, name): value for page in each for name, value in each[page].items()} for each in (before, after)
    )
    return sum(old.get(key) != new.get(key) for key in old.keys() | new.keys())


def _as_json(checkout: Checkout, entries: Sequence[Entry]) -> dict[str, object]:
    counts = Counter(entry.state for entry in entries)
    return {
        "language": checkout.language,
        "counts": {state.value: counts[state] for state in State},
        "sections": [
            {
                "page": entry.page,
                "section": entry.section,
                "state": entry.state.value,
                "file": checkout.place(entry.path),
                "line": entry.line,
            }
            for entry in entries
        ],
    }


def _show(checkout: Checkout, entries: Sequence[Entry], output: Console) -> None:
    open_ones = [entry for entry in entries if entry.state is not State.FRESH]
    if open_ones:
        table = Table()
        for heading in (_("Page"), _("Section"), _("State"), _("Place")):
            table.add_column(say(heading), overflow="fold")
        for entry in open_ones:
            place = f"{checkout.place(entry.path)}:{entry.line}"
            table.add_row(Text(entry.page), Text(entry.section), Text(say(entry.state.label)), Text(place))
        output.print(table)
    counts = Counter(entry.state for entry in entries)
    shown = [
        f"{say(state.label)}: {show(counts[state], console.LANGUAGE)}"
        for state in State
        if counts[state] or state is State.FRESH
    ]
    output.print(Text(f"{checkout.language} · " + " · ".join(shown)), soft_wrap=True)


def _diff(checkout: Checkout, entry: Entry, output: Console) -> int:
    now = checkout.sections(DEFAULT, entry.page).get(entry.section)
    digest = lock.read(checkout.lock_file).get(entry.page, {}).get(entry.section)
    text, code = now.text if now else "", Exit.OK
    version, old = _translated_from(checkout, entry, digest) if entry.state is State.STALE else ("", text)
    output.print(Text(f"{entry.name}: {say(entry.state.label)}", "bold"), soft_wrap=True)
    if old is None:
        complain(_lost(checkout, entry))
        code = Exit.UNDECIDED
    label = f"{checkout.place(checkout.docs / DEFAULT / entry.page)}:{now.line if now else 1} {version}"
    output.print(Text(f"--- {label}".rstrip(), "bold"), soft_wrap=True)
    output.print(word_diff(text if old is None else old, text), soft_wrap=True)
    mine = checkout.sections(checkout.language, entry.page).get(entry.section)
    output.print(Text(f"--- {checkout.place(entry.path)}:{entry.line}", "bold"), soft_wrap=True)
    output.print(Text(mine.text.strip() if mine else ""), soft_wrap=True)
    return code


def _translated_from(checkout: Checkout, entry: Entry, digest: str | None) -> tuple[str, str | None]:
    """Where git has the English section that was translated, and its text."""
    path = checkout.place(checkout.docs / DEFAULT / entry.page)
    for version in revisions.versions(checkout.root, path):
        found = lock.sections(PageSource(Path(path), version.text)).get(entry.section)
        if found and found.digest == digest:
            return f"({version.commit}, {version.day})", found.text
    return "", None


def _lost(checkout: Checkout, entry: Entry) -> Message:
    name = Verbatim(entry.name)
    if revisions.is_shallow(checkout.root):
        return _(
            "{section}: this clone is shallow and lacks the English text that was translated; "
            "`git fetch --unshallow` brings it",
            section=name,
        )
    return _("{section}: the history of this checkout lacks the English text that was translated", section=name)


def word_diff(old: str, new: str) -> Text:
    """Both texts in one, by words, marked as ``git diff --word-diff`` marks them; line breaks do not count."""
    left, right = _TOKEN.findall(old.strip()), _TOKEN.findall(new.strip())
    matcher = SequenceMatcher(None, [_key(each) for each in left], [_key(each) for each in right], autojunk=False)
    result = Text()
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            result.append("".join(right[k:m]))
        else:
            for part in _marked("".join(left[i:j]), "".join(right[k:m])):
                result.append(part)
    return result


def _marked(old: str, new: str) -> Iterator[Text]:
    if old:
        yield Text(f"[-{old}-]", "red")
    if new:
        yield Text(f"{{+{new}+}}", "green")


def _key(token: str) -> str:
    if token.strip():
        return token
    return "\n" if token.count("\n") > 1 else " "
