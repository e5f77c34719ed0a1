"""
The ledger of a handler: the ids that it has processed, or how many.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from seamproof.errors import TargetUnreachable, UsageError
from seamproof.json_types import parse_json
from seamproof.mock_server.network.address_policy import check_target, parse_url
from seamproof.statuses import SUCCESS
from seamproof.urls import hide_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seamproof.json_types import Json
    from seamproof.load.messages.ids import RunIds

#: Seconds until a ledger has to answer.
_PATIENCE: Final = 60.0
#: The names of an object's only member that holds the ledger.
_WRAPPERS: Final = ("ids", "counts", "count", "total", "processed")
_MOST: Final = 255
#: The shapes of a ledger.
SHAPES: Final = (
    '["id", …], {"id": count, …}, a total, or an object with only "ids", "counts" or "total"'
)


@dataclass(slots=True)
class Processed:
    """
    What a handler has processed of a run.

    Attributes:
        total: How many events, where the ledger has only that; else None.
        by_worker: From the worker to how often each of its messages was processed, 255 at most.
        others: How many ids belong to no message of the run.
    """

    total: int | None = None
    by_worker: dict[int, bytearray] = field(default_factory=dict)
    others: int = 0

    def count(self, worker: int, number: int) -> int:
        """
        Return how often a message was processed.
        """
        return self.by_worker[worker][number]


def read_ledger(url: str, *, allow_remote: bool) -> Json:
    """
    Get a ledger.

    Raises:
        UsageError: The URL cannot be used, or the response is no JSON of 2xx.
        RemoteTarget: It leads to another machine, which is not allowed.
        TargetUnreachable: Nothing answers.
    """
    check_target(url, allow_remote=allow_remote)
    parsed, shown = parse_url(url), hide_credentials(url)
    kind = http.client.HTTPSConnection if parsed.scheme == "https" else http.client.HTTPConnection
    connection = kind(parsed.host or "", parsed.port, timeout=_PATIENCE)
    try:
        connection.request("GET", parsed.raw_path_qs, headers={"accept": "application/json"})
        response = connection.getresponse()
        status, text = response.status, response.read()
    except (OSError, http.client.HTTPException) as problem:
        what = f"the ledger does not answer: {problem}"
        raise TargetUnreachable(what, where=shown, option="ledger") from problem
    finally:
        connection.close()
    if status not in SUCCESS:
        what = "the ledger cannot be read"
        raise UsageError(what, where=shown, expected="200", found=str(status), option="ledger")
    try:
        return parse_json(text)
    except ValueError as problem:
        what = "the ledger is not JSON"
        raise UsageError(
            what, where=shown, expected=SHAPES, found=str(problem), option="ledger"
        ) from problem


def tally(document: Json, ids: RunIds, sizes: Mapping[int, int]) -> Processed:
    """
    Count how often a ledger has each message of a run.

    Args:
        document: The JSON of the ledger. An id is a `svix-id` or an `event_id`.
        ids: Of the run.
        sizes: From the worker to the number of its messages.

    Raises:
        UsageError: The document has another shape.
    """
    if isinstance(document, dict) and len(document) == 1:
        (name, inner) = next(iter(document.items()))
        document = inner if name in _WRAPPERS else document
    if isinstance(document, int) and not isinstance(document, bool) and document >= 0:
        return Processed(total=document)
    counted = Processed(by_worker={worker: bytearray(size) for worker, size in sizes.items()})
    # A ledger with both ids of a message has it once.
    by_event = {worker: bytearray(size) for worker, size in sizes.items()}
    for text, times in _entries(document):
        place = ids.locate(text)
        if place is None or place.worker not in sizes or place.number >= sizes[place.worker]:
            counted.others += times
            continue
        kind = counted.by_worker if text.startswith("msg_") else by_event
        row = kind[place.worker]
        row[place.number] = min(row[place.number] + times, _MOST)
    for worker, row in by_event.items():
        mine = counted.by_worker[worker]
        for number, times in enumerate(row):
            mine[number] = max(mine[number], times)
    return counted


def _entries(document: Json) -> Iterable[tuple[str, int]]:
    if isinstance(document, list) and all(isinstance(one, str) for one in document):
        return ((one, 1) for one in document)
    if isinstance(document, dict) and all(
        isinstance(times, int) and not isinstance(times, bool) and times >= 0
        for times in document.values()
    ):
        return document.items()
    what, found = "the ledger has another shape", f"{document!r:.80}"
    raise UsageError(what, expected=SHAPES, found=found, option="ledger")
