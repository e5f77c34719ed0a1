"""
Tests of fixtures that lack what a handler uses.
"""

from __future__ import annotations

from typing import Any, Final

import pytest

from seamproof.checks.dependencies.contract.fixtures import missing_uses
from seamproof.checks.dependencies.uses import Dependencies, PropertyUse, TypeUse, UseKind

USES: Final = (
    ("/changed_properties", UseKind.READ),
    ("/changed_properties/*/to", UseKind.COPIED),
    ("/device_id", UseKind.REQUIRED),
    ("/from", UseKind.REQUIRED),
    ("/from/code", UseKind.REQUIRED),
    ("/workspace_id", UseKind.UNUSED),
)
CONSUMER: Final = Dependencies(
    target="app:app",
    types=(
        TypeUse(
            event_type="access_code.changed",
            properties=tuple(PropertyUse(pointer=one, use=use) for one, use in USES),
        ),
    ),
)
WHOLE: Final = {
    "event_type": "access_code.changed",
    "changed_properties": [{"to": "1"}, {"to": "2"}],
    "device_id": "1",
    "from": {"code": None},
}


@pytest.mark.parametrize(
    ("payload", "paths"),
    [
        (WHOLE, []),
        ({**WHOLE, "changed_properties": []}, []),
        ({**WHOLE, "changed_properties": [{"to": "1"}, {}]}, ["/changed_properties/1/to"]),
        ({**WHOLE, "from": {}}, ["/from/code"]),
        ({"event_type": "access_code.changed"}, ["/changed_properties", "/device_id", "/from"]),
        ({"event_type": "lock.locked"}, []),
        ([], []),
        (None, []),
    ],
)
def test_what_is_used_and_missing_is_listed(payload: Any, paths: list[str]) -> None:
    """
    A value that is null is there; of what is inside of a missing one, the outer one is listed.
    """
    found = missing_uses(payload, CONSUMER)

    assert [one.path for one in found] == paths
    assert all(one.rule == "used" for one in found)
