"""
Checks that the records of a world are complete: with typical values, each has its whole shape.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.data import properties_of, resources
from seamproof.mock_server.world.kinds import KINDS, WORKSPACE_ID, view
from seamproof.mock_server.world.records import Record, Records
from seamproof.schemas.validation.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seamproof.json_types import JsonMapping
    from seamproof.schemas.validation.contract import Violation

#: What a record gets when its world begins.
_LATER: Final = {"created_at": "2026-01-01T00:00:00.000Z", "workspace_id": WORKSPACE_ID}


def incomplete(
    documents: Mapping[str, Sequence[JsonMapping]],
) -> Iterator[tuple[str, int, Violation]]:
    """
    Find what is wrong with records that were completed: the kind, the index, what is wrong.

    Args:
        documents: By kind, the records of a world.
    """
    records = Records()
    for kind, members in documents.items():
        later = {name: one for name, one in _LATER.items() if name in properties_of(kind)}
        for one in members:
            number = records.next_number()
            own = str(one[KINDS[kind].id_name])
            records.put(Record(kind, own, number, {**later, **one}))
    for kind in documents:
        for index, record in enumerate(records.all(kind)):
            shown = view(records, record)
            unmanaged = f"unmanaged_{kind}"
            is_other = shown.get("is_managed") is False and unmanaged in resources()
            for violation in _contract(unmanaged if is_other else kind).violations(shown):
                yield kind, index, violation


@cache
def _contract(shape: str) -> Contract:
    return Contract(resources()[shape])
