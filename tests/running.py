"""What tests run beside the checks: the command, and the programs in ``tools``."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from types import ModuleType

import pytest
import typer

from checks import console
from checks.cli import app
from checks.paths import ROOT

Run = Callable[..., tuple[int, str, str]]


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """``hvnet`` with arguments: its exit code, what it printed, and what it complained of."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = console.run(typer.main.get_command(app), [str(each) for each in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def tool(name: str) -> ModuleType:
    """A program of ``tools``, which is no package, as a module."""
    spec = importlib.util.spec_from_file_location(f"hvnet_{name}", ROOT / "tools" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
