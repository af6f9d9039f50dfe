"""An MIT KDC of the tests' own: its realm, keys, tickets and processes live in a temporary folder and end with it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks.transports.signin import has_kerberos

REALM = "HVNET.TEST"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")


@dataclass(frozen=True)
class Kdc:
    """A running KDC, in the environment of this process."""

    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "kdc.log").read_text("utf-8")

    def kinit(self, user: str, password: str) -> None:
        """Put a ticket into the default cache, as an administrator would."""
        subprocess.run([_find("kinit"), user], input=f"{password}\n", text=True, check=True, capture_output=True)

    def forget(self) -> None:
        """Take the default cache away."""
        (self.folder / "cache").unlink(missing_ok=True)


def missing() -> str:
    """Why Kerberos cannot be tested here; empty where it can."""
    absent = [name for name in _PROGRAMS if shutil.which(name, path=_PATH) is None]
    if absent:
        return f"there is no KDC ({', '.join(absent)}); on Debian: krb5-kdc krb5-admin-server krb5-user"
    return "" if has_kerberos() else "hvnet[kerberos] is not installed"


def require() -> None:
    """Skip the calling test where there is no KDC; on CI that is a failure."""
    reason = missing()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    elif reason:
        pytest.skip(reason)


@contextlib.contextmanager
def running(folder: Path, commands: Sequence[str]) -> Iterator[Kdc]:
    """A KDC with what *commands* of kadmin have made, found through the environment for as long as it runs."""
    _configure(folder, _free_port())
    environment = {
        "KRB5_CONFIG": str(folder / "krb5.conf"),
        "KRB5_KDC_PROFILE": str(folder / "kdc.conf"),
        "KRB5_KTNAME": f"FILE:{folder / 'keytab'}",
        "KRB5CCNAME": f"FILE:{folder / 'cache'}",
        "KRB5RCACHENAME": f"file2:{folder / 'replays'}",
        "LC_ALL": "C.UTF-8",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        _run("kdb5_util", "create", "-r", REALM, "-s", "-P", "master-key-of-the-tests")
        _run("kadmin.local", "-r", REALM, stdin="\n".join(commands))
        process = _start(folder)
        try:
            yield Kdc(folder)
        finally:
            process.terminate()
            process.wait(10)


def _configure(folder: Path, port: int) -> None:
    (folder / "krb5.conf").write_text(
        f"[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_kdc = false\ndns_lookup_realm = false\nrdns = false\n"
        "dns_canonicalize_hostname = false\nudp_preference_limit = 1\n"
        f"[realms]\n{REALM} = {{\nkdc = 127.0.0.1:{port}\n}}\nELSEWHERE.TEST = {{\nkdc = 127.0.0.1:1\n}}\n"
    )
    (folder / "kdc.conf").write_text(
        f"[kdcdefaults]\nkdc_listen = 127.0.0.1:{port}\nkdc_tcp_listen = 127.0.0.1:{port}\n"
        f"[realms]\n{REALM} = {{\ndatabase_name = {folder / 'principal'}\nkey_stash_file = {folder / 'stash'}\n"
        f"acl_file = {folder / 'acl'}\nsupported_enctypes = aes256-cts-hmac-sha1-96:normal\n"
        "default_principal_flags = +preauth\n}\n"
        f"[logging]\nkdc = FILE:{folder / 'kdc.log'}\nadmin_server = FILE:{folder / 'kadmin.log'}\n"
    )


def _run(program: str, *arguments: str, stdin: str = "") -> None:
    done = subprocess.run([_find(program), *arguments], input=stdin, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def _find(program: str) -> str:
    found = shutil.which(program, path=_PATH)
    assert found is not None
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(folder: Path) -> subprocess.Popen[bytes]:
    """The KDC's process; with another port where somebody else took ours first."""
    for _try in range(3):
        port = _free_port()
        _configure(folder, port)
        process = subprocess.Popen([_find("krb5kdc"), "-n", "-r", REALM], stdout=subprocess.DEVNULL)
        if _answers(port, process):
            return process
        process.kill()
        process.wait(10)
    pytest.fail("the KDC does not start")


def _answers(port: int, process: subprocess.Popen[bytes]) -> bool:
    until = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        time.sleep(0.05)
    return False
