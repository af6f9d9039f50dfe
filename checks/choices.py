"""What a team decided, for one run: the settings file, the waivers, and from which severity on a finding fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checks import settings as settings_file
from checks import waivers as waiver_file
from checks.audit import Collected, HostReport, Report, audit
from checks.console import Exit, UserError
from checks.i18n import Verbatim, _
from checks.model import Guideline, Severity
from checks.settings import Settings, SettingsError
from checks.waivers import Waiver, WaiverError


@dataclass(frozen=True)
class Choices:
    """The choices of one run."""

    settings: Settings
    waivers: tuple[Waiver, ...]
    fail_on: Severity

    def judge(self, collected: Collected, guidelines: Sequence[Guideline], started: datetime | None = None) -> Report:
        """The report, with what is waived today shown as waived."""
        report = audit(collected, guidelines, started, self.settings)
        return waiver_file.apply(report, self.waivers, datetime.now(UTC).date())

    def judge_one(self, collected: Collected, host: str, guidelines: Sequence[Guideline]) -> HostReport:
        """What the report will say of one host that has been asked; its cluster is judged once all are in."""
        alone = Collected(
            {host: collected.snapshots[host]} if host in collected.snapshots else {},
            {host: collected.failures[host]} if host in collected.failures else {},
        )
        return self.judge(alone, guidelines).hosts[0]

    def exit_code(self, report: Report) -> Exit:
        """How a run ends that could say all that it had to say."""
        if report.was_interrupted:
            return Exit.INTERRUPTED
        if report.failed(self.fail_on):
            return Exit.FAILED
        return Exit.UNDECIDED if report.is_undecided else Exit.OK


def load(config: Path | None, waivers: Path | None, fail_on: str | None, folder: Path | None = None) -> Choices:
    """The choices: options win over the settings file, which is looked for in *folder* where none is named.

    Raises:
        UserError: a file cannot be used, or there is no such severity.
    """
    path = config or settings_file.find(folder or Path())
    try:
        chosen = settings_file.load(path) if path else Settings()
        exceptions = waivers or chosen.waivers
        accepted = waiver_file.load(exceptions) if exceptions else []
    except (SettingsError, WaiverError) as error:
        raise UserError(error.reason) from None
    return Choices(chosen, tuple(accepted), _severity(fail_on) if fail_on else chosen.fail_on)


def _severity(name: str) -> Severity:
    try:
        return Severity(name)
    except ValueError:
        known = Verbatim(", ".join(reversed(Severity)))
        raise UserError(_("--fail-on {value}: known are {known}", value=Verbatim(name), known=known)) from None
