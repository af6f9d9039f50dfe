"""The published schema of snapshots: it is up to date, what is collected fits it, and old versions stay readable."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checks import snapshot_schema
from checks.collector import ALWAYS, plan, script
from checks.facts.system import OperatingSystem
from checks.files import file_names, write_private
from checks.guidelines import all_guidelines
from checks.judge import compares_nodes, judge_host
from checks.lab.machine import Stdin
from checks.lab.recordings import Recording, all_recordings
from checks.lab.replay import RecordedHost
from checks.redact import redact
from checks.snapshot import SCHEMA, dump, load, parse

VALIDATOR = Draft202012Validator(json.loads(snapshot_schema.SCHEMA_FILE.read_text(encoding="utf-8")))
OLD = sorted((Path(__file__).parent / "snapshots").glob("schema-*.json"))


def collected(recording: Recording) -> str:
    """What the collector's script prints on a host of the lab."""
    stdin = Stdin()
    stdin.write(script(plan(all_guidelines())).encode(), end=True)
    return RecordedHost(recording).run("powershell", ["-Command", "-"], stdin).stdout.decode()


def test_the_schema_is_up_to_date_and_a_schema() -> None:
    assert snapshot_schema.SCHEMA_FILE.read_text(encoding="utf-8") == snapshot_schema.text(), (
        "run python -m checks.snapshot_schema"
    )
    Draft202012Validator.check_schema(snapshot_schema.document())


@pytest.mark.parametrize("recording", all_recordings(), ids=lambda recording: recording.name)
def test_what_is_collected_fits_the_schema(recording: Recording) -> None:
    read = parse(collected(recording), recording.name)
    documents = [dump(read), dump(next(iter(redact({recording.name: read}, b"x").values())))]
    assert [e.message for document in documents for e in VALIDATOR.iter_errors(json.loads(document))] == []


def test_every_fact_and_property_is_in_the_schema() -> None:
    facts = snapshot_schema.document()["properties"]["facts"]["properties"]
    for fact in plan(all_guidelines()).facts:
        assert set(facts[fact.__name__]["items"]["properties"]) == set(fact.properties())


def _change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        *way, last = path.split("/")
        for part in way:
            document = document[int(part)] if isinstance(document, list) else document[part]
        document[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _change("schema", 2),
        _change("schema", "1"),
        _change("collected", "yesterday"),
        _change("facts", []),
        _change("facts/VM", {"Name": "a"}),
        _change("facts/VM", ["a"]),
        _change("facts/VM/0/Name", 5),
        _change("facts/VM/0/IsClustered", "yes"),
        _change("facts/VM/0/State", [1]),
        _change("facts/VMSwitch/0/NetAdapterInterfaceGuid", [1]),
        _change("facts/Unheard", "of"),
        _change("errors/VM", "no"),
        _change("keys/AdvancedProperty", [1]),
    ],
)
def test_what_is_no_snapshot_does_not_fit(change: Callable[[dict[str, Any]], None]) -> None:
    document = copy.deepcopy(json.loads(OLD[-1].read_text(encoding="utf-8")))
    assert not list(VALIDATOR.iter_errors(document))
    change(document)
    assert list(VALIDATOR.iter_errors(document))


def test_there_is_a_file_of_every_version() -> None:
    assert [path.name for path in OLD] == [f"schema-{number}.json" for number in range(1, SCHEMA + 1)]


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_an_old_file_is_read_and_judged(path: Path) -> None:
    """Collected from HV-SAOPAULO over WinRM, when its version was the newest; it is never made anew."""
    recording = next(each for each in all_recordings() if each.name == "HV-SAOPAULO")
    for guideline in all_guidelines():
        if guideline.code in ("LM001", "LM002", "FC001", "NIC001", "NIC002") and not compares_nodes(guideline):
            now, then = judge_host(guideline, recording.snapshot), judge_host(guideline, load(path))
            assert (then.verdict, then.severity) == (now.verdict, now.severity), guideline.code


def test_windows_version_and_language_are_in_every_snapshot() -> None:
    assert OperatingSystem in ALWAYS
    (system,) = load(OLD[0]).rows(OperatingSystem)
    assert (system.windows, system.os_language, system.mui_languages) == ("2019", 1046, ("pt-BR",))
    assert load(OLD[0]).session.culture == "pt-BR"


def test_half_a_character_in_a_name_does_not_stop_a_snapshot() -> None:
    text = '{"schema": 1, "facts": {"VM": [{"Name": "a\\ud800b"}]}}'
    written = dump(parse(text, "x"))
    assert json.loads(written.encode("utf-8"))["facts"]["VM"] == [{"Name": "a\ud800b"}]


# Files.


def test_a_file_is_its_owners_alone_even_where_one_was_not(tmp_path: Path) -> None:
    path = tmp_path / "new" / "hv01.json"
    write_private(path, "ç\r\n")
    path.chmod(0o644)
    write_private(path, "é\r\n")
    assert path.read_bytes() == "é\r\n".encode()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "hv01.json"
    write_private(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_private(path, "\ud800")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_file_names_are_safe_and_differ() -> None:
    names = file_names(["hv01", "HV01", "a/b", "a_b", "fe80::1", "..", "é"])
    assert names == {
        "hv01": "hv01", "HV01": "HV01-2", "a/b": "a_b", "a_b": "a_b-2", "fe80::1": "fe80__1", "..": "..", "é": "é"
    }  # fmt: skip
