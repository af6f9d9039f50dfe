"""Options and arguments of the command, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def mark(english: str) -> str:
    """Mark a help text for translation; it is translated when the command starts."""
    return english


Hosts = Annotated[list[str] | None, typer.Argument(metavar="HOST", help=mark("Host names or addresses."))]
Code = Annotated[str, typer.Argument(metavar="CODE", help=mark("Code or slug, such as LM002."))]

User = Annotated[
    str | None,
    typer.Option("--user", "-u", metavar="ACCOUNT", help=mark("Account, such as DOMAIN\\name or name@domain.")),
]
Http = Annotated[bool, typer.Option("--http", help=mark("Port 5985 with encrypted messages, instead of HTTPS."))]
Port = Annotated[int | None, typer.Option(metavar="PORT", help=mark("Another port."), min=1, max=65535)]
CaBundle = Annotated[Path | None, typer.Option(metavar="FILE", help=mark("PEM file with the certificates to trust."))]
Auth = Annotated[
    str | None,
    typer.Option(
        metavar="WAY",
        help=mark("Way to sign in: negotiate (the default), ntlm, kerberos, credssp, certificate or basic."),
    ),
]
Cert = Annotated[Path | None, typer.Option(metavar="FILE", help=mark("PEM file with the certificate to sign in with."))]
CertKey = Annotated[Path | None, typer.Option(metavar="FILE", help=mark("PEM file with the certificate's key."))]
Pin = Annotated[
    str | None,
    typer.Option(
        metavar="SHA256", help=mark("Accept only the certificate with this SHA-256, even self-signed or expired.")
    ),
]
Insecure = Annotated[bool, typer.Option("--insecure", help=mark("Accept any certificate: no protection at all."))]
PasswordFd = Annotated[
    int | None, typer.Option(metavar="N", help=mark("Read the password from this file descriptor."), min=0, max=65535)
]
Keyring = Annotated[
    bool, typer.Option("--keyring", help=mark("Take the password from the system's keyring, service hvnet."))
]
Timeout = Annotated[
    float, typer.Option(metavar="SECONDS", help=mark("Seconds until a host is given up."), min=1, max=86400)
]
ThisMachine = Annotated[bool, typer.Option("--local", help=mark("Read this machine with its own PowerShell."))]
Snapshots = Annotated[
    list[Path] | None,
    typer.Option(
        "--snapshot",
        metavar="PATH",
        help=mark("Judge a snapshot, or all in a folder, instead of a host; can be repeated."),
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(metavar="CODE", help=mark("Only codes that begin so, such as LM or LM002; can be repeated.")),
]
Ignore = Annotated[
    list[str] | None, typer.Option(metavar="CODE", help=mark("All but codes that begin so; can be repeated."))
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help=mark("Format of the output: table, json, jsonl, junit, sarif, code-scanning, csv or markdown."),
    ),
]
ListFormat = Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help=mark("table or json."))]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FORMAT=FILE",
        help=mark("Also write a report, such as html=report.html, in a format of --format or html; can be repeated."),
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help=mark("Settings; without it, hvnet.yml or pyproject.toml in this folder.")),
]
Waivers = Annotated[Path | None, typer.Option(metavar="FILE", help=mark("Accepted exceptions, each until a day."))]
FailOn = Annotated[
    str | None,
    typer.Option(metavar="SEVERITY", help=mark("Fail from this severity on: critical, warning or info.")),
]
Inventory = Annotated[
    Path | None,
    typer.Option(
        "--inventory",
        "-i",
        metavar="FILE",
        help=mark("Ansible's inventory, in YAML; HOST then chooses among its hosts and groups."),
    ),
]
InventoryFile = Annotated[Path, typer.Argument(metavar="FILE", help=mark("Ansible's inventory, in YAML."))]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help=mark("Folder for the files."))]
Redact = Annotated[
    bool, typer.Option("--redact", help=mark("Replace names, addresses and ids, so that the files can be shown."))
]
LabHttpPort = Annotated[
    int, typer.Option(metavar="PORT", help=mark("HTTP port of every lab host; 0 chooses."), min=0, max=65535)
]
LabHttpsPort = Annotated[
    int, typer.Option(metavar="PORT", help=mark("HTTPS port of every lab host; 0 chooses."), min=0, max=65535)
]
SitePort = Annotated[int, typer.Option(metavar="PORT", help=mark("Port of the site; 0 chooses."), min=0, max=65535)]
Serve = Annotated[bool, typer.Option("--serve/--no-serve", help=mark("Serve the site until Ctrl+C."))]
NewName = Annotated[str, typer.Argument(metavar="AREA/NAME", help=mark("Such as live-migration/enabled."))]
NewCode = Annotated[
    str | None, typer.Option("--code", metavar="CODE", help=mark("Its code; by default the next one of the area."))
]
CaseSnapshots = Annotated[
    list[Path],
    typer.Option("--snapshot", metavar="FILE", help=mark("Snapshot to take the facts from; can be repeated.")),
]
KeepNames = Annotated[
    bool, typer.Option("--no-redact", help=mark("Keep names, addresses and ids as they are in the snapshot."))
]
TraceFormat = Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help=mark("table, json or csv."))]
JUnit = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help=mark("pytest's results; by default build/junit.xml."))
]
Lang = Annotated[str | None, typer.Option(metavar="LANG", help=mark("Language: en or pt-BR."))]
Version = Annotated[bool, typer.Option("--version", help=mark("Print the version."))]
