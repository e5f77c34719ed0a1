"""
Tests of the export as a message pact, with pact-python as another tool that reads it.
"""

from __future__ import annotations

import gc
import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from pact import Verifier
from pact.types import Message

from seamproof.checks.dependencies.contract.pact import as_pact
from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse, UseKind
from seamproof.schemas import catalog
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)

TYPES: Final = {
    "access_code.changed": (
        ("/access_code_id", UseKind.REQUIRED),
        ("/changed_properties", UseKind.READ),
        ("/changed_properties/*/property", UseKind.REQUIRED),
        ("/event_type", UseKind.REQUIRED),
    ),
    "lock.unlocked": (
        ("/method", UseKind.READ),
        ("/occurred_at", UseKind.COPIED),
        ("/access_code_id", UseKind.COPIED),
        ("/device_id", UseKind.UNUSED),
    ),
    "device.low_battery": (("/battery_level", UseKind.READ),),
}
FOUND: Final = Dependencies(
    target="app:app",
    types=tuple(
        TypeUse(
            event_type=event_type,
            properties=tuple(PropertyUse(pointer=one, use=use) for one, use in uses),
        )
        for event_type, uses in sorted(TYPES.items())
    ),
)


def sent_by_seam(name: str) -> dict[str, Any]:
    """
    Sample an event of a type, other than the one in the pact.
    """
    return Sampler(7).event(name)


def verify(tmp_path: Path, make: Callable[[str], dict[str, Any]]) -> None:
    """
    Verify with pact-python whether Seam sends what the handler relies on.
    """
    file = tmp_path / "pact.json"
    file.write_text(as_pact(FOUND, catalog(), consumer="access control"), "utf-8")

    def message(*, name: str, metadata: dict[str, Any] | None) -> Message:
        del metadata
        body = json.dumps(make(name)).encode()
        return Message(contents=body, content_type="application/json", metadata=None)

    try:
        Verifier("Seam").message_handler(message).add_source(file).verify()
    finally:
        # The server of pact-python leaves its socket to the garbage collector.
        gc.collect()


@pytest.mark.slow
def test_seam_sends_what_the_pact_asks_for(tmp_path: Path) -> None:
    """
    Other values than those of the examples are as good.
    """
    verify(tmp_path, sent_by_seam)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.pop("occurred_at", None),
        lambda event: event.update(method="by magic"),
        lambda event: event.update(battery_level="low"),
        lambda event: event.update(access_code_id=7),
        lambda event: event.update(changed_properties="none"),
    ],
)
def test_a_change_of_what_is_used_breaks_the_pact(
    tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    """
    What the handler relies on is missing, or has another form.
    """

    def changed(name: str) -> dict[str, Any]:
        event = sent_by_seam(name)
        change(event)
        return event

    with pytest.raises(RuntimeError):
        verify(tmp_path, changed)


def test_the_pact_names_what_is_relied_on() -> None:
    """
    A property that Seam may leave out is in it only where the handler fails without it.
    """
    pact = json.loads(as_pact(FOUND, catalog()))

    contents = {one["description"]: one["contents"]["content"] for one in pact["interactions"]}
    assert pact["metadata"]["pactSpecification"]["version"] == "4.0"
    assert {name: {*one} for name, one in contents.items()} == {
        "access_code.changed": {"event_type", "access_code_id", "changed_properties"},
        "device.low_battery": {"event_type", "battery_level"},
        "lock.unlocked": {"event_type", "method", "occurred_at"},
    }
    assert [{*one} for one in contents["access_code.changed"]["changed_properties"]] == [
        {"property"}
    ]


def test_the_pact_is_the_same_each_time() -> None:
    """
    A broker takes equal content for the version that it knows.
    """
    assert as_pact(FOUND, catalog()) == as_pact(FOUND, catalog())
