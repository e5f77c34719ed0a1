"""
Tests of `seamproof depends`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.schemas import catalog
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Done, Run

HANDLER: Final = """
import json

STATE = {}

def state():
    return STATE

def handler(body, headers):
    event = json.loads(body)
    if event["event_type"] == "device.low_battery":
        STATE[event["device_id"]] = event.get("battery_level")
    return 204
"""


@pytest.fixture
def handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """
    A handler in a module of its own, in the current directory.
    """
    name = f"low_battery_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(HANDLER, "utf-8")
    monkeypatch.chdir(tmp_path)
    return name


def test_the_table_lists_what_is_used(seamproof: Run, handler: str) -> None:
    """
    One line for each property that is used, by event type.
    """
    done = seamproof(
        "depends", f"{handler}:handler", "--state", f"{handler}:state", "--events", "device.*"
    )

    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["device.low_battery"] in lines
    assert ["copied", "battery_level", f"{handler}.py:12"] in lines
    assert ["required", "device_id", "and", "copied", f"{handler}.py:12"] in lines
    assert done.stdout.splitlines()[-1].startswith("acts on 1 event type, ignores")
    assert done.status == 0


def test_a_state_is_required(seamproof: Run, handler: str) -> None:
    """
    Without it nothing can be compared.
    """
    done = seamproof("depends", f"{handler}:handler")

    assert done.status == 2
    assert "--state" in done.stderr


def test_a_handler_without_an_effect_is_no_success(seamproof: Run, handler: str) -> None:
    """
    An empty table proves nothing.
    """
    words = ("--events", "lock.*", "--settle", "0.1")
    done = seamproof("depends", f"{handler}:handler", "--state", f"{handler}:state", *words)

    assert "acts on 0 event types" in done.stdout
    assert done.status == 1


def depends(seamproof: Run, handler: str, *words: str) -> Done:
    """
    Run the command on the handler.
    """
    options = ("--state", f"{handler}:state", "--events", "device.*")
    return seamproof("depends", f"{handler}:handler", *options, *words)


def test_the_contract_is_written_and_checked(seamproof: Run, handler: str, tmp_path: Path) -> None:
    """
    It is the same in the next run; what has changed is shown as a diff.
    """
    contract = tmp_path / "seam-consumer.json"

    missing = depends(seamproof, handler, "--check")
    written = depends(seamproof, handler)
    text = contract.read_text("utf-8")
    agrees = depends(seamproof, handler, "--check")
    contract.write_text(text.replace('"use": "copied"', '"use": "read"'), "utf-8")
    differs = depends(seamproof, handler, "--check")

    assert [one.status for one in (missing, written, agrees, differs)] == [1, 0, 0, 1]
    assert json.loads(text)["events"]["device.low_battery"]["properties"]["/battery_level"] == {
        "use": "copied",
        "read": False,
        "copied": True,
        "at": f"{handler}.py:12",
    }
    assert '-          "use": "read"' in differs.stderr
    assert contract.read_text("utf-8") != text


def test_an_experiment_that_ends_early_writes_nothing(
    seamproof: Run, handler: str, tmp_path: Path
) -> None:
    """
    Half a contract would hide breaks.
    """
    done = depends(seamproof, handler, "--max-time", "0.001")

    assert done.status == 1
    assert "time limit" in done.stderr
    assert not (tmp_path / "seam-consumer.json").exists()


def test_changes_are_shown_as_they_concern_the_handler(
    seamproof: Run, handler: str, tmp_path: Path
) -> None:
    """
    The exit status follows what breaks it.
    """
    depends(seamproof, handler)
    schemas = {
        name: catalog()[name].document for name in ("device.low_battery", "device.connected")
    }
    old = {"$defs": schemas}
    (tmp_path / "old.json").write_text(json.dumps(old), "utf-8")
    new = json.loads(json.dumps(old))
    for event_type in schemas:
        del new["$defs"][event_type]["properties"]["customer_key"]
    (tmp_path / "harmless.json").write_text(json.dumps(new), "utf-8")
    del new["$defs"]["device.low_battery"]["properties"]["battery_level"]
    (tmp_path / "new.json").write_text(json.dumps(new), "utf-8")

    words = ("schemas", "diff", "old.json")
    plain = seamproof(*words, "harmless.json")
    harmless = seamproof(*words, "harmless.json", "--for", "seam-consumer.json")
    breaking = seamproof(*words, "new.json", "--for", "seam-consumer.json")
    listed = seamproof(*words, "new.json", "--for", "seam-consumer.json", "--format", "json")

    assert [one.status for one in (plain, harmless, breaking, listed)] == [1, 0, 1, 1]
    assert "breaks you" in breaking.stdout
    assert f"device.low_battery battery_level: copied ({handler}.py:12)" in breaking.stdout
    assert "1 breaks you" in breaking.stdout.splitlines()[-1]
    assert json.loads(listed.stdout)["summary"]["breaks you"] == 1
    for style in ("markdown", "github"):
        done = seamproof(*words, "new.json", "--for", "seam-consumer.json", "--format", style)
        assert "breaks you" in done.stdout


def test_a_fixture_that_lacks_what_is_used_is_invalid(
    seamproof: Run, handler: str, tmp_path: Path
) -> None:
    """
    It is valid by the contract of Seam, and does not show what the handler does.
    """
    depends(seamproof, handler)
    event = Sampler(1).event("device.low_battery")
    del event["customer_key"]
    contract = json.loads((tmp_path / "seam-consumer.json").read_text("utf-8"))
    contract["events"]["device.low_battery"]["properties"]["/customer_key"] = {"use": "read"}
    (tmp_path / "seam-consumer.json").write_text(json.dumps(contract), "utf-8")

    plain = seamproof("validate", "-", stdin=json.dumps(event))
    lacking = seamproof("validate", "-", "--for", "seam-consumer.json", stdin=json.dumps(event))

    assert [plain.status, lacking.status] == [0, 1]
    assert "/customer_key used: is missing, and the handler uses it (read)" in lacking.stdout


def test_the_battery_takes_the_event_types_of_the_contract(seamproof: Run, handler: str) -> None:
    """
    They are sent, and have to have an effect.
    """
    depends(seamproof, handler)
    target = ("check", f"{handler}:handler", "--state", f"{handler}:state", "--quick")
    words = (*target, "--select", "effect.expected", "--for", "seam-consumer.json")
    checked = seamproof(*words, "--expect", "seam-consumer.json", "--format", "json")
    both = seamproof(*words, "--events", "lock.*")

    outcomes = {
        one["event_type"]: one["outcome"] for one in json.loads(checked.stdout)["event_types"]
    }
    assert outcomes["device.low_battery"] == "acts"
    assert outcomes["device.connected"] == "not tried"
    assert both.status == 2


def test_reports_are_written(seamproof: Run, handler: str, tmp_path: Path) -> None:
    """
    A matrix for people, a pact for a broker; another format is reported before the experiment.
    """
    words = ("--report", "html=depends.html", "--report", "pact=pact.json", "--consumer", "me")

    done = depends(seamproof, handler, *words)
    wrong = depends(seamproof, handler, "--report", "csv=depends.csv")

    assert [done.status, wrong.status] == [0, 2]
    assert "device.low_battery" in (tmp_path / "depends.html").read_text("utf-8")
    pact = json.loads((tmp_path / "pact.json").read_text("utf-8"))
    assert pact["consumer"] == {"name": "me"}
    assert "html, pact" in wrong.stderr
