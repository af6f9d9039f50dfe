"""``hvnet new``: what it writes and refuses, and that CONTRIBUTING's way to a guideline works as printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from checks import scaffold
from checks.console import UserError
from checks.guidelines import all_guidelines
from checks.i18n import LANGUAGES
from checks.paths import ROOT
from checks.site.gates import codes
from checks.site.gates.chain import SECTIONS
from checks.site.source import PageSource

ENGLISH, PORTUGUESE = ROOT / "CONTRIBUTING.md", ROOT / "CONTRIBUTING.pt-BR.md"
BLOCK = re.compile(r"^```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CATALOGUE = "locales/pt_BR/LC_MESSAGES/hvnet.po"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without any file of a guideline."""
    folders = {"ROOT": ".", "GUIDELINES": "checks/guidelines", "CASES": "tests/guidelines", "DOCS": "docs"}
    for name, folder in folders.items():
        monkeypatch.setattr(scaffold, name, tmp_path / folder)
    (tmp_path / "mkdocs.yml").touch()
    return tmp_path


def refusal(slug: str, code: str | None = None) -> str:
    with pytest.raises(UserError) as caught:
        scaffold.create(slug, code)
    return str(caught.value.message)


def test_four_files_are_written(empty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = scaffold.create("rdma/flow-control", None)
    highest = max(int(each.code[2:]) for each in all_guidelines() if each.code.startswith("RD"))
    assert draft.code == f"RD{highest + 1:03}"
    pages = [f"docs/{language}/guidelines/rdma/flow-control.md" for language in LANGUAGES]
    files = ["checks/guidelines/rdma/flow_control.py", "tests/guidelines/rdma/flow_control.yaml", *pages]
    assert all((empty / file).is_file() for file in files)
    assert (empty / "checks/guidelines/rdma/__init__.py").is_file()
    scaffold.tell(draft)
    said = capsys.readouterr().out
    assert (
        said.splitlines()[: len(files)] == files
        and "hvnet verify" in said
        and "calls in braces" in said
        and "{" not in said
    )


def test_pages_have_their_sections_in_each_language(empty: Path) -> None:
    draft = scaffold.create("host/power-plan", "HOST042")
    for language in LANGUAGES:
        page = PageSource.read(draft.page(language))
        assert set(SECTIONS) <= {heading.id for heading in page.headings}
        assert [call.text for call in page.calls] == ["check()", "examples()", "fix()", "sources()"]
        assert yaml.safe_load(page.text.split("---")[1])["description"].startswith("TODO: ")
    assert "## Como corrigir { #fix }" in draft.page("pt-BR").read_text(encoding="utf-8")
    found = yaml.safe_load(draft.cases.read_text(encoding="utf-8"))["cases"]
    assert {case["verdict"] for case in found} == {"pass", "fail", "not_applicable", "unknown"}
    compile(draft.check.read_text(encoding="utf-8"), "check", "exec")


def test_the_next_code_is_after_all_that_were_ever_used(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    highest = max(int(each.code[2:]) for each in all_guidelines() if each.code.startswith("LM"))
    assert scaffold.create("live-migration/a", None).code == f"LM{highest + 1:03}"
    monkeypatch.setattr(scaffold, "retired_codes", lambda: {"LM777"})
    assert scaffold.create("live-migration/b", None).code == "LM778"


@pytest.mark.parametrize(
    ("slug", "code", "says"),
    [
        ("live-migration", None, "is not a guideline's name"),
        ("live-migration/Enabled", None, "is not a guideline's name"),
        ("live-migration/../x", None, "is not a guideline's name"),
        ("live-migration/a--b", None, "is not a guideline's name"),
        ("live-migration/class", None, "means something already"),
        ("live-migration/index", None, "means something already"),
        ("live-migraton/x", None, "did you mean live-migration?"),
        ("zzz/x", None, "the areas are live-migration, failover-cluster"),
        ("live-migration/x", "NIC009", "is not a code of this area; it is like LM001"),
        ("live-migration/x", "LM002", "belongs to another guideline"),
        ("live-migration/x", "LM778", "belonged to a guideline that was retired"),
    ],
)
def test_what_cannot_be_is_refused(
    empty: Path, monkeypatch: pytest.MonkeyPatch, slug: str, code: str | None, says: str
) -> None:
    monkeypatch.setattr(scaffold, "retired_codes", lambda: {"LM778"})
    assert says in refusal(slug, code)
    assert [path.name for path in empty.iterdir()] == ["mkdocs.yml"]


def test_nothing_is_overwritten(empty: Path) -> None:
    page = empty / "docs/pt-BR/guidelines/live-migration/x.md"
    page.parent.mkdir(parents=True)
    page.write_text("mine", encoding="utf-8")
    assert "docs/pt-BR/guidelines/live-migration/x.md is there already" in refusal("live-migration/x")
    assert page.read_text(encoding="utf-8") == "mine" and not (empty / "checks").exists()


def test_a_checkout_is_needed(empty: Path) -> None:
    (empty / "mkdocs.yml").unlink()
    assert "new needs a checkout" in refusal("live-migration/x")


def test_retired_codes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "retired.yaml"
    path.write_text("- {code: LM778, slug: live-migration/old, retired: 2026-01-01}\n", encoding="utf-8")
    assert codes.retired_codes(path) == {"LM778"}


# CONTRIBUTING


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """Language, file and text of each code block."""
    return [match.groups(default="") for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]  # type: ignore[misc]


def test_both_languages_show_the_same_blocks() -> None:
    assert blocks(ENGLISH) == blocks(PORTUGUESE)
    headings = [[heading.level for heading in PageSource.read(page).headings] for page in (ENGLISH, PORTUGUESE)]
    assert headings[0] == headings[1]


def test_the_pages_are_linked() -> None:
    for source, target in (
        (ENGLISH, PORTUGUESE.name),
        (PORTUGUESE, ENGLISH.name),
        (ROOT / "README.md", ENGLISH.name),
        (ROOT / "README.pt-BR.md", PORTUGUESE.name),
    ):
        assert f"]({target})" in source.read_text(encoding="utf-8"), source


@pytest.fixture
def copy(tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Runs hvnet in a copy of the tree."""
    skip = shutil.ignore_patterns("__pycache__", "site", "_data")
    for folder in ("checks", "docs", "locales", "tests/guidelines"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=skip if folder == "docs" else None)
    for file in ("mkdocs.yml", "pyproject.toml", "tests/conftest.py", "tests/__init__.py"):
        if (ROOT / file).exists():
            shutil.copy(ROOT / file, tmp_path / file)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "HVNET_LANG": "en", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "checks", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_guideline_in_ten_minutes(copy: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    """The steps of CONTRIBUTING with its own blocks: verify lists what is missing, and then nothing."""
    shown = blocks(ENGLISH)
    command = next(line for _l, _f, text in shown for line in text.splitlines() if line.startswith("hvnet new "))
    assert copy(*command.split()[1:])[0] == 0
    code, said = copy("verify")
    mine = [line for line in said.splitlines() if ": LM900: " in line]
    assert code == 1
    for place, what in (
        ("checks/guidelines/live_migration/not_zero.py:", "the guideline names no source"),
        ("checks/guidelines/live_migration/not_zero.py:", "the title is not translated into pt-BR"),
        ("checks/guidelines/live_migration/not_zero.py:", "still to be written: write the check of LM900"),
        ("tests/guidelines/live_migration/not_zero.yaml:", "the case is not as it says: gives unknown, not pass"),
        ("docs/en/guidelines/live-migration/not-zero.md:", "the title is “TODO"),
        ("docs/pt-BR/guidelines/live-migration/not-zero.md:", "still to be written: como voltar atrás"),
    ):
        assert any(line.startswith(place) and what in line for line in mine), (place, what)
    for _language, file, text in shown:
        if file == CATALOGUE:
            with (tmp_path / file).open("a", encoding="utf-8") as catalogue:
                catalogue.write(f"\n{text}")
        elif file:
            assert (tmp_path / file).exists(), file
            (tmp_path / file).write_text(text, encoding="utf-8")
    for line in (line for _l, _f, text in shown for line in text.splitlines() if line.startswith("hvnet i18n sync ")):
        assert copy(*line.split()[1:])[0] == 0
    code, said = copy("verify")
    assert (code, said.count("\n")) == (0, 1), said
