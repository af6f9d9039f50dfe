"""Recorded hosts: what they answer to our script, to people's commands, and to what they do not know."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pypsrp.shell import Process, WinRS
from pypsrp.wsman import WSMan
from winrm import Session

from checks.collector import plan, read, script
from checks.guidelines import all_guidelines
from checks.lab import queries
from checks.lab.machine import Stdin
from checks.lab.powershell import syntax
from checks.lab.recordings import Recording, all_recordings
from checks.lab.replay import RecordedHost
from checks.lab.server import Lab
from checks.transports import Target, powershell
from checks.transports.winrm import WinRM

FACTS: dict[str, Any] = {
    "VMHost": {
        "Name": "HV01",
        "VirtualMachineMigrationEnabled": True,
        "VirtualMachineMigrationPerformanceOption": 2,
        "MaximumVirtualMachineMigrations": 2,
    },
    "VMSwitch": [
        {"Name": "Comutação & 'Rede' <1>", "SwitchType": 2, "NetAdapterInterfaceGuid": ["a", "b"]},
        {"Name": "Privado 😀", "SwitchType": 0, "NetAdapterInterfaceGuid": ["c"]},
    ],
    "VM": [
        {"Id": "1", "Name": "web01", "State": 2, "IsClustered": False},
        {"Id": "2", "Name": "web02", "State": 3, "IsClustered": True},
        {"Id": "3", "Name": "SQL", "State": 2, "IsClustered": True},
    ],
    "VMHardDisk": [{"VMName": "web01", "Path": "C:\\VM\\web01.vhdx"}],
    "ClusterService": [{"Name": "ClusSvc", "StartMode": "Auto", "State": "Running"}],
    "VirtualMachineManagerAgent": [],
    "ClusterNode": [],
    "ClusterSharedVolume": [{"Name": "Disk 1", "State": 2, "Path": ["C:\\ClusterStorage\\Volume1"]}],
    "AdvancedProperty": [
        {"Name": "NIC1", "RegistryKeyword": "*ReceiveBuffers", "RegistryValue": ["512"]},
        {"Name": "NIC1", "RegistryKeyword": "*JumboPacket", "RegistryValue": ["9014"]},
    ],
    "NetAdapterStatistics": [{"Name": "NIC1", "Sample": n, "ReceivedUnicastPackets": n * 10} for n in (1, 2, 3)],
    "OperatingSystem": {"CSName": "HV01", "MUILanguages": ["pt-BR"], "BuildNumber": "20348"},
}
ERRORS = {"VMMigrationNetwork": {"id": "AccessDenied,Get-VMMigrationNetwork", "message": "Acesso negado."}}


@pytest.fixture(scope="module")
def host() -> RecordedHost:
    return RecordedHost(
        Recording.model_validate(
            {
                "name": "HV01",
                "address": "127.10.77.1",
                "windows": "2022",
                "language": "pt-BR",
                "about": {},
                "origin": [],
                "facts": FACTS,
                "errors": ERRORS,
            }
        )
    )


@dataclass(frozen=True)
class Said:
    """What a process on a recorded host printed."""

    out: str
    err: str
    exit_code: int


def command(host: RecordedHost, line: str, stdin: str | None = "") -> Said:
    """Run a command line; input of None never ends, as where a client sends none."""
    source = Stdin()
    if stdin is not None:
        source.write(stdin.encode(), end=True)
    result = host.run(line, (), source)
    return Said(result.stdout.decode(), result.stderr.decode(), result.exit_code)


def ps(host: RecordedHost, text: str) -> Said:
    encoded = base64.b64encode(text.encode("utf-16-le")).decode()
    return command(host, f"powershell -EncodedCommand {encoded}", None)


# Our own script


@pytest.mark.parametrize("recording", all_recordings(), ids=lambda recording: recording.name)
def test_our_script_brings_back_what_was_recorded(recording: Recording) -> None:
    wanted = plan(all_guidelines(), queries.all_facts())
    stdin = Stdin()
    stdin.write(powershell.encode(script(wanted)), end=True)
    result = RecordedHost(recording).run("powershell.exe", powershell.ARGUMENTS, stdin)
    assert (result.stderr, result.exit_code) == (b"", 0)
    assert result.stdout.isascii()
    snapshot = read(result.stdout.decode(), recording.name)
    assert snapshot.session.culture == recording.language
    for fact in wanted.facts:
        name = fact.__name__
        if name in recording.errors:
            assert snapshot.errors[name] == recording.errors[name]
        elif not wanted.keys(fact):
            assert snapshot.rows(fact) == recording.snapshot.rows(fact), name


def test_the_output_is_what_such_a_script_prints(host: RecordedHost) -> None:
    text = (
        "$v = @(Get-VMSwitch | Select-Object Name, SwitchType, Missing)\n"
        "$json = ConvertTo-Json -InputObject @{ schema = 1; rows = $v; none = $null; empty = @() } -Depth 6 -Compress\n"
        "$beyond = @([regex]::Matches($json, '[^\\x00-\\x7F]') | Select-Object -ExpandProperty Value -Unique)\n"
        "foreach ($c in $beyond) { $json = $json.Replace($c, ('\\u{0:x4}' -f [int][char]$c)) }\n"
        "'BEGIN'\n$json\n'END'\n"
    )
    expected = (
        'BEGIN\r\n{"schema":1,"rows":['
        '{"Name":"Comuta\\u00e7\\u00e3o \\u0026 \\u0027Rede\\u0027 \\u003c1\\u003e","SwitchType":2,"Missing":null},'
        '{"Name":"Privado \\ud83d\\ude00","SwitchType":0,"Missing":null}],"none":null,"empty":[]}\r\nEND\r\n'
    )
    line = " ".join(("powershell.exe", *powershell.ARGUMENTS))
    assert command(host, line, text) == Said(expected, "", 0)


def test_a_guard_without_rows_asks_nothing(host: RecordedHost) -> None:
    assert ps(host, "if (Get-ClusterNode) { Get-Cluster }; 'after'").out == "after\r\n"
    assert ps(host, "if (-not (Get-ClusterNode)) { 'none' } else { 'some' }").out == "none\r\n"


def test_errors_are_caught_with_their_name(host: RecordedHost) -> None:
    text = 'try { Get-VMMigrationNetwork } catch { "$($_.FullyQualifiedErrorId): $_" }'
    assert ps(host, text).out == "AccessDenied,Get-VMMigrationNetwork: Acesso negado.\r\n"
    assert ps(host, "Get-VMMigrationNetwork -ErrorAction SilentlyContinue") == Said("", "", 0)


def test_counters_move_on_with_each_reading(host: RecordedHost) -> None:
    query = "Get-CimInstance -Namespace root/StandardCimv2 -ClassName MSFT_NetAdapterStatisticsSettingData"
    shown = '"$($_.Sample)=$($_.ReceivedUnicastPackets)"'
    chosen = f"Select-Object @{{n='Sample';e={{$i}}}}, ReceivedUnicastPackets | ForEach-Object {{ {shown} }}"
    text = f"foreach ($i in 1..4) {{ if ($i -gt 1) {{ Start-Sleep -Seconds 5 }}; {query} | {chosen} }}"
    for _again in range(2):
        assert ps(host, text).out.split() == ["1=10", "2=20", "3=30", "4=30"]


def test_calculated_properties_are_as_recorded_and_unrolled(host: RecordedHost) -> None:
    expression = "@($_.SharedVolumeInfo | ForEach-Object { $_.FriendlyVolumeName })"
    rows = ps(host, f"Get-ClusterSharedVolume | Select-Object Name, @{{n='Path';e={{{expression}}}}} | ConvertTo-Json")
    assert json.loads(rows.out) == {"Name": "Disk 1", "Path": "C:\\ClusterStorage\\Volume1"}
    text = "Get-VMSwitch | Select-Object @{n='G';e={@($_.NetAdapterInterfaceGuid | Where-Object { $_ -ne 'a' })}}"
    assert json.loads(ps(host, f"{text} | ConvertTo-Json").out) == [{"G": "b"}, {"G": "c"}]


def test_a_fact_that_was_not_recorded_says_so(host: RecordedHost) -> None:
    said = ps(host, "Get-SmbClientNetworkInterface")
    assert (said.out, said.exit_code) == ("", 1)
    assert "The recording of HV01 does not hold SmbClientInterface." in powershell.errors(said.err)
    assert "FullyQualifiedErrorId : NotRecorded" in powershell.errors(said.err)


# What people send


def test_json_as_windows_powershell_lays_it_out(host: RecordedHost) -> None:
    said = ps(host, "Get-VMHost | Select-Object Name, VirtualMachineMigrationEnabled | ConvertTo-Json")
    assert said.out == '{\r\n    "Name":  "HV01",\r\n    "VirtualMachineMigrationEnabled":  true\r\n}\r\n'
    said = ps(host, "@{ a = @('x', 'y'); b = @(); c = @{ d = 1 } } | ConvertTo-Json")
    assert said.out.split("\r\n") == [
        "{",
        '    "a":  [',
        '              "x",',
        '              "y"',
        "          ],",
        '    "b":  [',
        "",
        "          ],",
        '    "c":  {',
        '              "d":  1',
        "          }",
        "}",
        "",
    ]
    assert ps(host, "@{ a = @{ b = @{ c = @{ d = 1 } } } } | ConvertTo-Json -Compress").out == (
        '{"a":{"b":{"c":"System.Collections.Hashtable"}}}\r\n'
    )


def test_format_list_shows_names_of_enumerations(host: RecordedHost) -> None:
    assert ps(host, "Get-VMHost | Format-List").out.strip("\r\n").split("\r\n") == [
        "Name                                     : HV01",
        "VirtualMachineMigrationEnabled           : True",
        "VirtualMachineMigrationPerformanceOption : SMB",
        "MaximumVirtualMachineMigrations          : 2",
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("hostname", ["HV01"]),
        ("$env:COMPUTERNAME", ["HV01"]),
        ("(Get-VMHost).VirtualMachineMigrationPerformanceOption", ["SMB"]),
        ('"$((Get-VMHost).name) $($PSVersionTable.PSVersion) `"q`" ""r"" `$x"', ['HV01 5.1 "q" "r" $x']),
        ("Get-VM | Where-Object { $_.State -eq 2 -and $_.IsClustered } | ForEach-Object { $_.Name }", ["SQL"]),
        ("Get-VM | ? Name -like 'web*' | select -ExpandProperty Name", ["web01", "web02"]),
        ("Get-VM -Name web* | % Name", ["web01", "web02"]),
        ("Get-VM sql | % Name", ["SQL"]),
        ("(Get-VM | Sort-Object Name -Descending | Select-Object -First 1).Name", ["web02"]),
        ("(Get-VM).Count; (Get-VM)[0].Name; (Get-VM)[-1].Name", ["3", "web01", "SQL"]),
        ("gcim win32_service | % Name", ["ClusSvc"]),
        ("Get-CimInstance -Class Win32_Service", []),
        ("Get-CimInstance -ClassName Win32_Service -Filter \"Name='ClusSvc' AND State='Stopped'\"", []),
        ("Get-CimInstance Win32_Service -Filter \"Name LIKE 'Clus%' AND State<>'Stopped'\" | % State", ["Running"]),
        (
            "Get-CimInstance -Namespace root\\StandardCimv2 MSFT_NetAdapterAdvancedPropertySettingData "
            "-Filter \"RegistryKeyword='*JumboPacket'\" | % RegistryValue",
            ["9014"],
        ),
        ("Get-VM | Get-VMHardDiskDrive | % Path", ["C:\\VM\\web01.vhdx"]),
        ("$x = 1; $x += 2; $x * 2 - 1; 'a' + 1; @(1, 2) + 3 -join '-'", ["5", "a1", "1-2-3"]),
        ("'{0,-3}|{1,3}|{2:X2}|{3:N1}|{{}}' -f 'a', 'b', 255, 1234.5", ["a  |  b|FF|1,234.5|{}"]),
        ("'Aé'.ToUpper(); 'a,b'.Split(','); ' x '.Trim()", ["AÉ", "a", "b", "x"]),
        ("$a = @{ x = 1 }; $a.x; $a['X']; $a.y; $null -eq $a.y", ["1", "1", "True"]),
        ("if ('b' -in 'a', 'B') { 'in' } elseif (1) { 'no' }", ["in"]),
        ("5 -ge 5; 'abc' -match '^A'; 3 -lt 2", ["True", "True", "False"]),
        ("# a comment\r\n'one'\r\n<# more #> 'two' | Out-String | % { $_.Trim() }", ["one", "two"]),
        ("try { throw 'bad' } catch { \"caught $_\" } finally { 'always' }", ["caught bad", "always"]),
        ("1..3 | % { $_ * 2 }; return; 'never'", ["2", "4", "6"]),
        ("'x'; exit 3; 'never'", ["x"]),
        ("Write-Output a b; echo 'c'", ["a", "b", "c"]),
        ("[pscustomobject]@{ A = 1; B = 'x' } | Select-Object * | ConvertTo-Json -Compress", ['{"A":1,"B":"x"}']),
        ("(Get-Date).ToUniversalTime().ToString('s').Length", ["19"]),
        ("(Get-UICulture).Name", ["pt-BR"]),
    ],
)  # fmt: skip
def test_the_part_of_powershell_that_is_answered(host: RecordedHost, text: str, lines: list[str]) -> None:
    assert [line for line in ps(host, text).out.split("\r\n") if line] == lines


def test_default_tables(host: RecordedHost) -> None:
    said = ps(host, "Get-VM | Select-Object Name, State, Missing")
    table = "\nName  State Missing\n----  ----- -------\nweb01     2\nweb02     3\nSQL       2\n\n\n"
    assert said.out == table.replace("\n", "\r\n")


# Command lines


@pytest.mark.parametrize(
    "line",
    [
        "powershell -Command Get-VM | % Name | select -First 1",
        'powershell.exe -NoProfile -ExecutionPolicy Bypass -c "(Get-VM)[0].Name"',
        'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe -nop -NonI "(Get-VM)[0].Name"',
        "cmd /c powershell -NoLogo (Get-VM)[0].Name",
    ],
)
def test_ways_to_name_the_script(host: RecordedHost, line: str) -> None:
    assert command(host, line, None) == Said("web01\r\n", "", 0)


@pytest.mark.parametrize("line", ["powershell -Command -", "powershell -", "powershell -NoProfile"])
def test_a_script_through_standard_input(host: RecordedHost, line: str) -> None:
    assert command(host, line, "(Get-VM)[0].Name\n").out == "web01\r\n"


def test_hostname_and_what_cmd_says_of_the_rest(host: RecordedHost) -> None:
    assert command(host, "hostname", None) == Said("HV01\r\n", "", 0)
    assert command(host, "cmd.exe /c HOSTNAME.EXE", None).out == "HV01\r\n"
    unknown = "'format' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n"
    assert command(host, "format c:", None) == Said("", unknown, 1)
    assert command(host, "", None).exit_code == 1


@pytest.mark.parametrize("line", ["powershell -EncodedCommand !!!", "powershell -enc", "powershell -File x.ps1"])
def test_bad_arguments(host: RecordedHost, line: str) -> None:
    said = command(host, line, "")
    assert said.out == ""
    assert said.exit_code == -196608
    assert said.err


# What is not known


def test_an_unknown_command_has_powershells_words(host: RecordedHost) -> None:
    said = ps(host, "Get-Foo -Bar 5")
    assert said.exit_code == 1
    assert said.err.startswith("#< CLIXML\r\n")
    text = powershell.errors(said.err)
    assert (
        "Get-Foo : The term 'Get-Foo' is not recognized as the name of a cmdlet, function, script file, or operable "
        "program. Check the spelling of the name, or if a path was included, verify that the path is correct and try "
        "again."
    ) in text
    assert "FullyQualifiedErrorId : CommandNotFoundException" in text
    plain = command(host, "powershell -Command Get-Foo", None)
    assert plain.err.startswith("Get-Foo : The term 'Get-Foo' is not recognized")


def test_an_error_ends_a_statement_and_with_stop_the_script(host: RecordedHost) -> None:
    assert ps(host, "Get-Foo; 'next'").out == "next\r\n"
    stopped = ps(host, "$ErrorActionPreference = 'Stop'; 'first'; Get-Foo; 'next'")
    assert (stopped.out, stopped.exit_code) == ("first\r\n", 1)
    line = " ".join(("powershell.exe", *powershell.ARGUMENTS))
    piped = command(host, line, "$ErrorActionPreference = 'Stop'\n'first'\nGet-Foo\n'next'\n")
    assert (piped.out, piped.exit_code) == ("first\r\n", 1)
    assert ps(host, "Get-VM | Get-Foo").out == ""


@pytest.mark.parametrize(
    "text",
    [
        "Set-VMHost -VirtualMachineMigrationPerformanceOption SMB",
        "Stop-Computer",
        "[System.IO.File]::ReadAllText('/etc/passwd')",
        "[Diagnostics.Process]::Start('x')",
        "& { 5 }",
        "function f { 5 }",
        "while ($true) { }",
        "(Get-VM).GetType()",
        "$x = 'unfinished",
        "1..999999999",
        "Get-VM | Remove-Item",
        "Get-CimInstance Win32_Service -Filter 'nonsense'",
        "[int]'x'",
        "'a' -match '('",
    ],
)
def test_the_rest_is_an_error_and_never_a_guess(host: RecordedHost, text: str) -> None:
    said = ps(host, text)
    assert said.out == ""
    assert said.exit_code == 1
    assert powershell.errors(said.err)


@pytest.mark.parametrize("text", ["(" * 3_000, "(" * 400 + "1" + ")" * 400, "iex " * 10, "$s = 'iex $s'; iex $s"])
def test_depth_is_no_crash(host: RecordedHost, text: str) -> None:
    said = ps(host, text)
    assert said.exit_code in (0, 1, -1)


def test_bare_words_of_lists_are_read_as_powershell_reads_them() -> None:
    quoted = syntax.quote_lists("Select-Object Name, 'a, b', @{n='x';e={1}}, Id, \"c, d\" # e, f")
    assert quoted == "Select-Object 'Name', 'a, b', @{n='x';e={1}}, 'Id', \"c, d\" # e, f"
    assert syntax.quote_lists("$a, $b.C, 5; [x, y]") == "$a, $b.C, 5; [x, 'y']"


def test_every_fact_can_be_found_by_its_own_query() -> None:
    found = {fact for facts in queries._index().values() for fact in facts}
    assert found == set(queries.all_facts())
    assert len(found) > 20


# Over WinRM


@pytest.fixture(scope="module")
def lab(host: RecordedHost) -> Iterator[Lab]:
    with Lab([host], http_port=0, https_port=0) as running:
        yield running


def test_recorded_hosts_have_their_own_address(lab: Lab) -> None:
    assert lab.endpoints[0].address == "127.10.77.1"


@pytest.mark.parametrize("https", [False, True])
def test_our_transport(lab: Lab, https: bool) -> None:
    endpoint = lab.endpoints[0]
    port = endpoint.https_port if https else endpoint.http_port
    target = Target("HV01", endpoint.address, port, https, lab.user, lab.password, lab.ca_bundle, timeout=20)
    before = lab.stats("HV01").requests
    snapshot = read(WinRM(target).run(script(plan(all_guidelines()))).stdout, "HV01")
    assert snapshot.facts["VMHost"][0]["Name"] == "HV01"
    assert lab.stats("HV01").requests - before <= 9


def test_pywinrms_session(lab: Lab) -> None:
    endpoint = lab.endpoints[0]
    url = f"http://{endpoint.address}:{endpoint.http_port}/wsman"
    session = Session(url, auth=(lab.user, lab.password), transport="ntlm", proxy=None, ca_trust_path=lab.ca_bundle)
    done = session.run_ps("Get-VMHost | Select-Object Name | ConvertTo-Json -Compress")
    assert (done.std_out, done.std_err, done.status_code) == (b'{"Name":"HV01"}\r\n', b"", 0)
    assert b"CommandNotFoundException" in session.run_ps("Get-Foo").std_err
    assert session.run_cmd("hostname").std_out == b"HV01\r\n"


def test_pypsrps_process(lab: Lab) -> None:
    endpoint = lab.endpoints[0]
    client = WSMan(
        endpoint.address,
        port=endpoint.https_port,
        username=lab.user,
        password=lab.password,
        cert_validation=lab.ca_bundle,
        no_proxy=True,
    )
    with client, WinRS(client, codepage=65001) as shell:
        process = Process(shell, "powershell.exe", ["-NoProfile", "-Command", "(Get-VMSwitch)[0].Name"])
        process.invoke()
    assert (process.stdout.decode(), process.rc) == ("Comutação & 'Rede' <1>\r\n", 0)
