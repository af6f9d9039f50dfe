"""The command ``hvnet``: parse, call, print. What it does is in the modules that it calls."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from checks import __version__, console, snapshot
from checks import choices as team
from checks.audit import Collected, Report, Run, Stage, collect, select
from checks.choices import Choices
from checks.collector import plan, script
from checks.console import Exit, UserError, complain, say
from checks.files import file_names, try_folder, why, write_private
from checks.guidelines import all_guidelines
from checks.hosts import Access
from checks.i18n import LANGUAGES, Message, Verbatim, _
from checks.i18n_cli import i18n
from checks.model import Guideline
from checks.options import (
    Auth,
    CaBundle,
    CaseSnapshots,
    Cert,
    CertKey,
    Code,
    Config,
    FailOn,
    Folder,
    Format,
    Hosts,
    Http,
    Ignore,
    Insecure,
    Inventory,
    InventoryFile,
    JUnit,
    KeepNames,
    Keyring,
    LabHttpPort,
    LabHttpsPort,
    Lang,
    ListFormat,
    NewCode,
    NewName,
    PasswordFd,
    Pin,
    Port,
    Redact,
    Reports,
    Select,
    Serve,
    SitePort,
    Snapshots,
    ThisMachine,
    Timeout,
    TraceFormat,
    User,
    Version,
    Waivers,
    mark,
)
from checks.redact import redact as redacted
from checks.report import FORMATS, PRINTED, write
from checks.report.jsonl import Stream
from checks.runs import entries, over_winrm
from checks.transports.local import Local

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=mark("Check Hyper-V hosts against the guidelines of the knowledge base."),
)

app.add_typer(i18n, name="i18n")


@app.callback(invoke_without_command=True)
def root(context: typer.Context, version: Version = False, lang: Lang = None) -> None:
    _known_language(lang)
    if version:
        print(f"hvnet {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(Exit.WRONG_USE)


@app.command(help=mark("Check hosts over WinRM, this machine, or snapshots."))
def check(
    hosts: Hosts = None,
    inventory: Inventory = None,
    user: User = None,
    http: Http = False,
    port: Port = None,
    ca_bundle: CaBundle = None,
    auth: Auth = None,
    cert: Cert = None,
    cert_key: CertKey = None,
    pin: Pin = None,
    insecure: Insecure = False,
    password_fd: PasswordFd = None,
    keyring: Keyring = False,
    timeout: Timeout = 120,
    local: ThisMachine = False,
    snapshots: Snapshots = None,
    select: Select = None,
    ignore: Ignore = None,
    config: Config = None,
    waivers: Waivers = None,
    fail_on: FailOn = None,
    format: Format = "table",
    report: Reports = None,
    lang: Lang = None,
) -> int:
    _known_language(lang)
    chosen = team.load(config, waivers, fail_on)
    guidelines = _select(select or list(chosen.settings.select), ignore or list(chosen.settings.ignore))
    outputs = _outputs(report, format)
    started = datetime.now(UTC)
    access = Access(user, http, port, ca_bundle, timeout, auth, cert, cert_key, pin, insecure, password_fd, keyring)
    _no_files(hosts, snapshots)
    runs = _runs(hosts, access, local, inventory, None if snapshots else chosen.settings.inventory)
    loaded = _snapshots(snapshots or [], runs)
    if not runs and not loaded:
        raise UserError(_("name at least one host, a snapshot or --local; --help tells more"))
    streams = {path: Stream(path, console.LANGUAGE) for kind, path in outputs if kind == "jsonl"}

    def arrived(host: str, so_far: Collected) -> None:
        for stream in streams.values():
            stream.host(chosen.judge_one(so_far, host, guidelines))

    collected = _collect(runs, guidelines, arrived=arrived)
    collected.snapshots.update(loaded)
    return _finish(chosen.judge(collected, guidelines, started), chosen, outputs, streams)


@app.command(name="collect", help=mark("Write one snapshot file per host, to be judged later."))
def collect_command(
    hosts: Hosts = None,
    inventory: Inventory = None,
    user: User = None,
    http: Http = False,
    port: Port = None,
    ca_bundle: CaBundle = None,
    auth: Auth = None,
    cert: Cert = None,
    cert_key: CertKey = None,
    pin: Pin = None,
    insecure: Insecure = False,
    password_fd: PasswordFd = None,
    keyring: Keyring = False,
    timeout: Timeout = 120,
    local: ThisMachine = False,
    output: Folder = Path(),
    redact: Redact = False,
    select: Select = None,
    ignore: Ignore = None,
    lang: Lang = None,
) -> int:
    _known_language(lang)
    guidelines = _select(select, ignore)
    access = Access(user, http, port, ca_bundle, timeout, auth, cert, cert_key, pin, insecure, password_fd, keyring)
    runs = _runs(hosts, access, local, inventory)
    if not runs:
        raise UserError(_("name at least one host or --local; --help tells more"))
    try_folder(output)
    collected = _collect(runs, guidelines)
    # A key that nobody keeps: there is no way back from what is written.
    found = redacted(collected.snapshots, secrets.token_bytes(32)) if redact else collected.snapshots
    lost = _save({host: snapshot.dump(facts) for host, facts in found.items()}, output, "{}.json")
    _complain_of(collected)
    if collected.was_interrupted:
        return Exit.INTERRUPTED
    if lost:
        return Exit.WRONG_USE
    return Exit.UNDECIDED if collected.failures else Exit.OK


@app.command(name="fix", help=mark("Write one script per host with what the findings ask for; nothing is run."))
def fix_command(
    hosts: Hosts = None,
    inventory: Inventory = None,
    user: User = None,
    http: Http = False,
    port: Port = None,
    ca_bundle: CaBundle = None,
    auth: Auth = None,
    cert: Cert = None,
    cert_key: CertKey = None,
    pin: Pin = None,
    insecure: Insecure = False,
    password_fd: PasswordFd = None,
    keyring: Keyring = False,
    timeout: Timeout = 120,
    local: ThisMachine = False,
    snapshots: Snapshots = None,
    output: Folder = Path(),
    select: Select = None,
    ignore: Ignore = None,
    config: Config = None,
    waivers: Waivers = None,
    lang: Lang = None,
) -> int:
    from checks import fixplan, fixscript

    _known_language(lang)
    chosen = team.load(config, waivers, None)
    guidelines = _select(select or list(chosen.settings.select), ignore or list(chosen.settings.ignore))
    started = datetime.now(UTC)
    access = Access(user, http, port, ca_bundle, timeout, auth, cert, cert_key, pin, insecure, password_fd, keyring)
    _no_files(hosts, snapshots)
    runs = _runs(hosts, access, local, inventory, None if snapshots else chosen.settings.inventory)
    loaded = _snapshots(snapshots or [], runs)
    if not runs and not loaded:
        raise UserError(_("name at least one host, a snapshot or --local; --help tells more"))
    try_folder(output)
    collected = _collect(runs, guidelines, fixplan.NEEDED)
    collected.snapshots.update(loaded)
    made = fixplan.plans(chosen.judge(collected, guidelines, started))
    lost = _save({each.host: fixscript.render(each, console.LANGUAGE) for each in made}, output, "fix-{}.ps1")
    _complain_of(collected)
    if collected.was_interrupted:
        return Exit.INTERRUPTED
    if lost:
        return Exit.WRONG_USE
    return Exit.UNDECIDED if collected.failures or any(each.unknown for each in made) else Exit.OK


@app.command(help=mark("Print the script to run by hand on a host without WinRM."))
def collector(select: Select = None, ignore: Ignore = None, lang: Lang = None) -> int:
    _known_language(lang)
    print(script(plan(_select(select, ignore))), end="")
    return Exit.OK


@app.command(name="list", help=mark("List the guidelines."))
def list_command(select: Select = None, ignore: Ignore = None, format: ListFormat = "table", lang: Lang = None) -> int:
    from checks.report import catalogue

    _known_language(lang)
    chosen = _select(select, ignore)
    if format == "json":
        print(catalogue.as_json(chosen, console.LANGUAGE), end="")
    elif format == "table":
        catalogue.show(chosen, console.LANGUAGE, console.out())
    else:
        raise _no_format(format, ("table", "json"))
    return Exit.OK


@app.command(name="inventory", help=mark("Show the hosts of an inventory as hvnet understands them."))
def inventory_command(file: InventoryFile, format: ListFormat = "table", lang: Lang = None) -> int:
    from checks.report import hosts

    _known_language(lang)
    if format not in ("table", "json"):
        raise _no_format(format, ("table", "json"))
    found = entries(file)
    if format == "json":
        print(hosts.as_json(found), end="")
    else:
        hosts.show(found, console.LANGUAGE, console.out())
    return Exit.OK


@app.command(help=mark("Explain a guideline: its page, in the terminal."))
def explain(guideline: Code, lang: Lang = None) -> int:
    from rich.markdown import Markdown

    from checks.site.terminal import page

    _known_language(lang)
    console.out().print(Markdown(page(_one(guideline), console.LANGUAGE)))
    return Exit.OK


@app.command(help=mark("Start the lab: recorded hosts behind real WinRM on this machine."))
def lab(
    http_port: LabHttpPort = 5985,
    https_port: LabHttpsPort = 5986,
    lang: Lang = None,
) -> int:
    from checks.demo import serve_lab

    _known_language(lang)
    return serve_lab(http_port, https_port)


@app.command(help=mark("Audit the lab's hosts, build the site and serve it."))
def demo(
    serve: Serve = True,
    port: SitePort = 8000,
    output: Folder = Path("demo"),
    lang: Lang = None,
) -> int:
    from checks.demo import run_demo

    _known_language(lang)
    return run_demo(output, port if serve else None)


@app.command(help=mark("Verify that pages, checks, cases and translations belong together."))
def verify(lang: Lang = None) -> int:
    from checks.verify import verify_tree

    _known_language(lang)
    return verify_tree(console.out())


@app.command(help=mark("Begin a guideline: write its files, and say what to do next."))
def new(name: NewName, code: NewCode = None, lang: Lang = None) -> int:
    from checks import scaffold

    _known_language(lang)
    scaffold.tell(scaffold.create(name, code))
    return Exit.OK


@app.command(name="case", help=mark("Print a test case of a guideline, made of snapshots of real hosts."))
def case_command(guideline: Code, snapshots: CaseSnapshots, no_redact: KeepNames = False, lang: Lang = None) -> int:
    from checks import caselift, cases

    _known_language(lang)
    chosen, loaded = _one(guideline), _snapshots(snapshots)
    if not no_redact:
        # A key that nobody keeps: there is no way back from what is printed.
        loaded = redacted(loaded, secrets.token_bytes(32))
    found = caselift.lift(chosen, loaded, "" if no_redact else "redacted")
    if not found:
        raise UserError(_("{code} compares the nodes of a cluster, and these hosts form none", code=chosen.code))
    print(caselift.as_yaml(found, cases.names(cases.case_path(chosen))), end="")
    return Exit.OK


@app.command(name="trace", help=mark("Show which guideline has which pages, check, cases and tests."))
def trace_command(format: TraceFormat = "table", junit: JUnit = None, lang: Lang = None) -> int:
    from checks import tracing

    _known_language(lang)
    if format not in tracing.FORMATS:
        raise _no_format(format, tracing.FORMATS)
    tracing.write(tracing.load(junit), format, console.out())
    return Exit.OK


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: run the command and leave with its exit code."""
    code = console.run(typer.main.get_command(app), sys.argv[1:] if arguments is None else arguments)
    if code == Exit.INTERRUPTED:
        # Threads that still wait for a host would hold the process until its deadline.
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _known_language(asked: str | None) -> None:
    from checks.i18n import match

    if asked and match(asked) is None:
        raise UserError(
            _(
                "hvnet does not speak {asked}; it speaks {known}",
                asked=Verbatim(asked),
                known=Verbatim(", ".join(LANGUAGES)),
            )
        )


def _runs(
    hosts: list[str] | None, access: Access, local: bool, inventory: Path | None = None, otherwise: Path | None = None
) -> dict[str, Run]:
    """What runs a script on each host; the inventory of the settings counts where nothing else is named."""
    if inventory is None and not hosts and not local:
        inventory = otherwise
    runs = over_winrm(hosts or [], access, inventory)
    if local:
        runs["localhost"] = Local(access.timeout).run
    return runs


def _collect(
    runs: dict[str, Run],
    guidelines: Sequence[Guideline],
    also: Sequence[type[Any]] = (),
    arrived: Callable[[str, Collected], None] | None = None,
) -> Collected:
    collected = Collected()
    screen = console.err()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[current]}"),
        console=screen,
        transient=True,
        # In a log, nothing moves, and what is left would be an empty line.
        disable=not (runs and screen.is_interactive and screen.is_terminal),
    ) as progress:
        task = progress.add_task(say(_("Reading hosts")), total=len(runs), current="")

        def tell(host: str, stage: Stage) -> None:
            is_in = stage in (Stage.DONE, Stage.FAILED)
            progress.update(task, current=host, advance=1 if is_in else 0)
            if is_in and arrived is not None:
                arrived(host, collected)

        return collect(runs, guidelines, tell, also=also, into=collected)


def _save(texts: dict[str, str], folder: Path, pattern: str) -> bool:
    """Write a file per host, and print its path; whether one could not be written, which does not cost the others."""
    lost = False
    for host, name in file_names(texts).items():
        path = folder / pattern.format(name)
        try:
            write_private(path, texts[host])
        except OSError as error:
            lost = True
            _complain_of_file(path, error)
        else:
            print(path)
    return lost


def _complain_of_file(path: Path, error: OSError) -> None:
    complain(_("could not write {path}: {error}", path=Verbatim(path), error=why(error)))


def _complain_of(collected: Collected) -> None:
    for host, (_kind, reason) in collected.failures.items():
        complain(_("{host}: {reason}", host=Verbatim(host), reason=reason))


def _finish(
    result: Report, chosen: Choices, outputs: Sequence[tuple[str, Path | None]], streams: Mapping[Path | None, Stream]
) -> int:
    """Write and print a report; its exit code. A file that cannot be written does not cost the others."""
    lost = False
    code = chosen.exit_code(result)
    for kind, path in outputs:
        try:
            if path in streams:
                streams[path].close(result)
            else:
                write(result, kind, console.LANGUAGE, path)
                sys.stdout.flush()
        except OSError as error:
            if path is not None:
                lost = True
                _complain_of_file(path, error)
            elif isinstance(error, BrokenPipeError):
                # Whoever read it has seen enough; the verdict stays what it is.
                console.drop_output()
            else:
                raise
    return Exit.WRONG_USE if lost and code != Exit.INTERRUPTED else code


def _outputs(asked: list[str] | None, format: str) -> list[tuple[str, Path | None]]:
    """What to write where; standard output (None) comes last, for whoever reads it may go away."""
    if format not in PRINTED:
        raise _no_format(format, PRINTED)
    found: list[tuple[str, Path | None]] = []
    for each in asked or ():
        kind, equals, path = each.partition("=")
        if not equals or not path:
            raise UserError(_("--report {value}: write FORMAT=FILE, such as html=report.html", value=Verbatim(each)))
        if kind not in FORMATS:
            raise _no_format(kind, FORMATS)
        if Path(path) in [known for _kind, known in found]:
            raise UserError(_("two reports would be written to {path}", path=Verbatim(path)))
        found.append((kind, Path(path)))
    return [*found, (format, None)]


def _no_format(asked: str, known: Sequence[str]) -> UserError:
    return UserError(
        _(
            "there is no format {asked}; the formats are {known}",
            asked=Verbatim(asked),
            known=Verbatim(", ".join(known)),
        )
    )


def _select(wanted: list[str] | None, ignored: list[str] | None) -> tuple[Guideline, ...]:
    try:
        chosen = select(_prefixes(wanted), _prefixes(ignored))
    except LookupError as error:
        raise UserError(_unknown_guideline(str(error.args[0]))) from None
    if not chosen:
        raise UserError(_("--select and --ignore together leave no guideline"))
    return chosen


def _prefixes(values: list[str] | None) -> list[str]:
    return [part.strip() for value in values or () for part in value.split(",") if part.strip()]


def _one(name: str) -> Guideline:
    for guideline in all_guidelines():
        if name.lower() in (guideline.code.lower(), guideline.slug):
            return guideline
    raise UserError(_unknown_guideline(name))


def _unknown_guideline(name: str) -> Message:
    return _("there is no guideline {name}; `hvnet list` shows them all", name=Verbatim(name))


def _snapshots(paths: list[Path], hosts: Collection[str] = ()) -> dict[str, snapshot.Snapshot]:
    """Snapshots by the names of their files; by their paths where another file or a host has the same name."""
    found = list(dict.fromkeys(file for path in paths for file in _files(path)))
    names = [*(path.stem for path in found), *hosts]
    try:
        return {path.stem if names.count(path.stem) == 1 else str(path): snapshot.load(path) for path in found}
    except snapshot.SnapshotError as error:
        raise UserError(error.reason) from None


def _files(path: Path) -> list[Path]:
    """A file, or the snapshots in a folder."""
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.json"))
    if not found:
        raise UserError(_("{path} holds no snapshot: there is no file *.json", path=Verbatim(path)))
    return found


def _no_files(hosts: list[str] | None, snapshots: list[Path] | None) -> None:
    """After ``--snapshot``, a shell's ``*.json`` leaves all files but the first among the hosts."""
    for host in hosts or () if snapshots else ():
        if Path(host).is_file():
            raise UserError(
                _("{path} is a file: write --snapshot before each of them, or name their folder", path=Verbatim(host))
            )
