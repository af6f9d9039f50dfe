"""A fix plan as a PowerShell script: one per host, to be read by a person, tried with ``-WhatIf``, then run.

Whatever comes from a host is either a literal that nothing can break out of, or a comment behind a label: no comment
spans lines, so none can be ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from checks import __version__
from checks.fixplan import DISRUPTIVE, HostPlan, Left, Step
from checks.i18n import NOTHING, Message, Verbatim, _, show
from checks.model import Assignment, Command, SideEffect, former_value, literal, quote
from checks.powershell import reference

Say = Callable[[Message], str]

BOM = "\ufeff"
"""Windows PowerShell 5.1 reads a file without it in the code page of the host."""
TIMEOUT = 180
"""Seconds until an adapter must be up again."""

_WAIT = """\
function Wait-AdapterUp {{
    param([string[]]$Name, [int]$Seconds = {timeout})
    foreach ($each in $Name) {{
        $end = (Get-Date).AddSeconds($Seconds)
        do {{
            Start-Sleep -Seconds 5
            $found = @(Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetAdapter |
                Where-Object {{ $_.Name -eq $each }} |
                Where-Object {{ $_.InterfaceOperationalStatus -eq 1 -and $_.MediaConnectState -eq 1 }})
        }} until ($found.Count -gt 0 -or (Get-Date) -ge $end)
        if ($found.Count -eq 0) {{ throw ({not_up} -f $each) }}
    }}
}}"""
"""Numbers, not words: Windows translates ``Status``. 1 is up and connected."""


def render(plan: HostPlan, language: str) -> str:
    """The script, ready for a file: with the mark that says it is UTF-8, and with Windows' line ends."""

    def say(message: Message) -> str:
        return message.render(language)

    lines = [*_head(plan, say), *_body(plan, say), *_foot(plan, say), ""]
    return BOM + "\r\n".join(line for each in lines for line in each.split("\n"))


def _head(plan: HostPlan, say: Say) -> Iterator[str]:
    yield "#Requires -Version 4.0"
    modules = _modules(plan)
    if modules:
        yield f"#Requires -Modules {', '.join(modules)}"
    yield "#Requires -RunAsAdministrator"
    yield comment(say(_("hvnet {version}: fix plan for {host}.", version=Verbatim(__version__), host=_shown(plan))))
    if plan.collected:
        yield comment(say(_("Made from what the host said at {time} (UTC).", time=Verbatim(plan.collected))))
    yield comment(
        say(_("hvnet has run nothing of this. Read it, try it with -WhatIf, then run it on the host itself."))
    )
    yield comment(say(_("Steps that restart an adapter or the host run only with -IncludeDisruptive.")))
    yield "[CmdletBinding(SupportsShouldProcess = $true)]"
    yield "param([switch]$IncludeDisruptive)"


def _body(plan: HostPlan, say: Say) -> Iterator[str]:
    yield "Set-StrictMode -Version 2.0"
    yield "$ErrorActionPreference = 'Stop'"
    if not plan.steps:
        yield comment(say(_("There is no step for this host.")))
        return
    yield from _guards(plan, say)
    if any(step.adapters for step in plan.steps):
        yield _WAIT.format(timeout=TIMEOUT, not_up=quote(say(_NOT_UP)))
    effect: SideEffect | None = None
    for number, step in enumerate(plan.steps, start=1):
        if step.effect is not effect:
            effect = step.effect
            yield from ("", comment(f"==== {say(effect.label)}"))
        yield from _step(number, step, say)
    if effect is SideEffect.REBOOTS:
        yield f"Write-Warning {quote(say(_RESTART))}"


_READ_FIRST = _("hvnet has run nothing of this. Read it, try it with -WhatIf, then run it on the host itself.")
_FULL_LANGUAGE = _(
    "This script needs full language mode: sign it, or let the host's application control policy allow it."
)
_NOT_UP = _("The adapter {0} is not up. Nothing more is changed: find out why first.")
_RESTART = _("Restart the host when it is drained: what was set holds from then on.")


def _guards(plan: HostPlan, say: Say) -> Iterator[str]:
    mode = say(
        _("This script needs full language mode: sign it, or let the host's application control policy allow it.")
    )
    yield f"if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') {{ throw {quote(mode)} }}"
    if plan.computer:
        wrong = say(_("This plan is for {host}, not for this host.", host=Verbatim(plan.computer)))
        same = f"(Get-CimInstance -ClassName Win32_OperatingSystem).CSName -ne {quote(plan.computer)}"
        yield f"if ({same}) {{ throw {quote(wrong)} }}"


def _step(number: int, step: Step, say: Say) -> Iterator[str]:
    yield ""
    for reason in step.reasons:
        title = say(reason.guideline.title)
        yield comment(f"---- {number}. {reason.guideline.code}: {title}")
        yield comment(say(_("Found: {finding}", finding=reason.finding.message)))
    for name, value in step.fix.before.items():
        yield comment(say(_("Before: {name}: {value}", name=Verbatim(name), value=_former(value))))
    yield from _undo(step, say)
    if step.fix.note is not None:
        yield comment(say(_("Note: {note}", note=step.fix.note)))
    if step.management is not None:
        yield comment(say(_("Caution: {text}", text=step.management)))
    yield from _guarded(number, step, say)


def _undo(step: Step, say: Say) -> Iterator[str]:
    if not step.undo:
        # What the step only adds has no former value.
        if step.fix.before:
            yield comment(say(_("Undo: no single command; the former values are above.")))
        else:
            yield comment(say(_("Undo: no single command; the guideline's page says how.")))
    for command in step.undo:
        yield comment(say(_("Undo: {command}", command=Verbatim(command))))


def _guarded(number: int, step: Step, say: Say) -> Iterator[str]:
    """The commands behind the questions that come first: is a disruption wanted, and is this more than a trial?"""
    subject = ", ".join(dict.fromkeys(reason.finding.subject for reason in step.reasons))
    asked = f"$PSCmdlet.ShouldProcess({quote(subject)}, {quote(_action(number, step, say))})"
    commands = [f"Wait-AdapterUp -Name {literal(step.partners)}"] if step.partners else []
    commands += [_written(command) for command in step.commands]
    commands += [f"Wait-AdapterUp -Name {literal(step.adapters)}"] if step.adapters else []
    body = "\n".join(f"    {command}" for command in commands)
    if step.effect not in DISRUPTIVE:
        yield f"if ({asked}) {{\n{body}\n}}"
        return
    if step.management is not None:
        yield f"Write-Warning {quote(say(step.management))}"
    left_out = _(
        "Step {number} is left out: it needs -IncludeDisruptive. {effect}",
        number=Verbatim(number),
        effect=step.effect.label,
    )
    yield f"if (-not $IncludeDisruptive) {{\n    Write-Warning {quote(say(left_out))}\n}}"
    yield f"elseif ({asked}) {{\n{body}\n}}"


def _action(number: int, step: Step, say: Say) -> str:
    codes = ", ".join(dict.fromkeys(reason.guideline.code for reason in step.reasons))
    cmdlets = ", ".join(dict.fromkeys(command.cmdlet for command in step.commands))
    former = "; ".join(f"{name}: {say(_former(value))}" for name, value in step.fix.before.items())
    done = f"{number}. {codes}: {cmdlets}"
    before = say(_("Before: {values}", values=Verbatim(former)))
    return f"{done}. {before}" if former else done


def _written(command: Command) -> str:
    """A command that stops the script when it fails, never asks again, and that a trial does not run.

    All of this is said to each command: those of a module do not see the preferences of the script.
    """
    if isinstance(command, Assignment):
        # Nothing of it knows a trial: the question around it is what keeps it from being run.
        found = replace(command, parameters={**command.parameters, "ErrorAction": "Stop"})
        return str(found)
    known = reference()["cmdlets"].get(command.cmdlet, {}).get("parameters", ())
    trial = " -Confirm:$false -WhatIf:$WhatIfPreference" if "WhatIf" in known else ""
    return f"{command} -ErrorAction Stop{trial}"


def _foot(plan: HostPlan, say: Say) -> Iterator[str]:
    if plan.left:
        yield from ("", comment(say(_("==== Found, but without a step here"))))
    for left in plan.left:
        yield from _left(left, say)
    if plan.unknown:
        yield from ("", comment(say(_("==== What could not be told"))))
    for guideline, reason in plan.unknown:
        text = say(reason)
        yield comment(f"{guideline.code}: {text}" if guideline else f"hvnet: {text}")


def _left(left: Left, say: Say) -> Iterator[str]:
    guideline, finding = left.reason.guideline, left.reason.finding
    yield comment(f"{guideline.code}: {say(guideline.title)}")
    yield comment(say(_("Found: {finding}", finding=finding.message)))
    if left.why is not None:
        yield comment(say(_("To do: {hint}", hint=left.why)))


def comment(text: str) -> str:
    """A comment of one line, whatever is in the text."""
    return "# " + " ".join(show(text, "en").split())


def _former(value: object) -> Message:
    return NOTHING if value in (None, "", [], ()) else Message("{value}", {"value": Verbatim(former_value(value))})


def _modules(plan: HostPlan) -> Sequence[str]:
    found = {_module(command) for step in plan.steps for each in step.commands for command in _with_inner(each)}
    return sorted(module for module in found if module and not module.startswith("Microsoft.PowerShell"))


def _module(command: Command) -> str | None:
    entry = reference()["cmdlets"].get(command.cmdlet)
    return entry["module"] if entry else None


def _with_inner(command: Command) -> Iterator[Command]:
    yield command
    for value in command.parameters.values():
        if isinstance(value, Command):
            yield from _with_inner(value)


def _shown(plan: HostPlan) -> Verbatim:
    return Verbatim(plan.computer or plan.host)
