"""Case files are collected as tests: ``tests/guidelines/live_migration/transport.yaml::plain TCP/IP``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checks import cases, console
from checks.guidelines import all_guidelines
from checks.i18n import DEFAULT
from checks.lab.mending import mistakes
from checks.model import Guideline
from tests.browsing import browser, built, page, root  # noqa: F401 - fixtures


@pytest.fixture(autouse=True)
def _language_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that one test runs in Portuguese leaves the next one English."""
    monkeypatch.setattr(console, "LANGUAGE", DEFAULT)


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if file_path.suffix == ".yaml" and cases.CASES in file_path.parents:
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    """The cases of one guideline."""

    def collect(self) -> Iterator[pytest.Item]:
        guideline = next((g for g in all_guidelines() if cases.case_path(g) == self.path), None)
        if guideline is None:
            raise self.CollectError(f"{self.path}: there is no guideline for these cases")
        try:
            loaded = cases.load(self.path)
        except cases.CaseError as error:
            raise self.CollectError(str(error)) from None
        for case in loaded:
            yield CaseItem.from_parent(self, name=case.name, guideline=guideline, case=case)


class CaseItem(pytest.Item):
    """One case: its verdict, what it says, and that each fix mends what it was offered for."""

    def __init__(self, *, guideline: Guideline, case: cases.Case, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.guideline, self.case = guideline, case
        self.user_properties.append(("guideline", guideline.code))

    def runtest(self) -> None:
        assert not list(mistakes(self.guideline, self.case))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.guideline.code} {self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        return f"{self.path.name}: {self.name}: {excinfo.value}"
