"""
Tests of `seamproof depends`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Run

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
    assert ["copied", "battery_level"] in lines
    assert ["required", "device_id", "and", "copied"] in lines
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
    done = seamproof(
        "depends", f"{handler}:handler", "--state", f"{handler}:state", "--events", "lock.*"
    )

    assert "acts on 0 event types" in done.stdout
    assert done.status == 1
