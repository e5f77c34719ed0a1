"""
Tests of the ledger: the shapes that are read, and what they come to.
"""

from __future__ import annotations

from typing import Any

import pytest

from seamproof.errors import UsageError
from seamproof.load.accounting.account import Account, WorkerRecord
from seamproof.load.accounting.ledger import tally
from seamproof.load.messages.ids import RunIds

IDS = RunIds.of("seed")
A, B, C = (IDS.message_id(0, number) for number in range(3))
SIZES = {0: 3}


def delivered(count: int) -> dict[int, WorkerRecord]:
    """
    Record so many messages of a worker as delivered.
    """
    record = WorkerRecord()
    for _ in range(count):
        record.states.deliver(record.states.begin())
    return {0: record}


@pytest.mark.parametrize(
    "document",
    [
        [A, C, C, "other"],
        {A: 1, C: 2, "other": 9},
        {"ids": [A, C, C]},
        {"counts": {A: 1, C: 2}},
        {"processed": [A, C, C]},
        [IDS.event_id(0, 0), IDS.event_id(0, 2), IDS.event_id(0, 2)],
        # Both ids of a message are one message.
        [A, IDS.event_id(0, 0), C, C, IDS.event_id(0, 2)],
    ],
)
def test_ids_are_counted(document: Any) -> None:
    """
    The first message was processed once, the second never, the third twice.
    """
    account = Account.of(delivered(3), IDS, tally(document, IDS, SIZES))

    assert (account.delivered, account.lost, account.twice) == (2, 1, 1)
    assert [one.message_id for one in account.first("lost", 9)] == [B]
    assert [one.message_id for one in account.first("twice", 9)] == [C]
    assert not account.proved


@pytest.mark.parametrize(("total", "lost", "twice"), [(3, 0, 0), (1, 2, 0), (5, 0, 2), (0, 3, 0)])
@pytest.mark.parametrize("name", [None, "total", "count", "processed"])
def test_a_total_is_compared(name: str | None, total: int, lost: int, twice: int) -> None:
    """
    It shows how many are missing or too many, not which.
    """
    document: Any = {name: total} if name else total
    account = Account.of(delivered(3), IDS, tally(document, IDS, SIZES))

    assert (account.lost, account.twice, account.total_only) == (lost, twice, True)
    assert account.proved is (lost == twice == 0)


@pytest.mark.parametrize(
    "document",
    [None, True, -1, 1.5, "ids", [1], [A, None], {A: "1"}, {A: True}, {A: -1}, {"ids": 1.5}],
)
def test_other_shapes_are_refused(document: Any) -> None:
    """
    The message lists the accepted shapes.
    """
    with pytest.raises(UsageError, match="the ledger has another shape") as caught:
        tally(document, IDS, SIZES)

    assert '{"id": count, …}' in caught.value.expected


def test_an_empty_ledger_has_lost_everything() -> None:
    """
    Acknowledged, and nothing processed.
    """
    documents: list[Any] = [[], {}]
    for document in documents:
        assert Account.of(delivered(3), IDS, tally(document, IDS, SIZES)).lost == 3


def test_unreported_messages_are_unknown() -> None:
    """
    What a lost worker sent is never delivered, even where the ledger has it; repeats still count.
    """
    records = delivered(1)
    records[1] = WorkerRecord(unreported=2)
    ledger = [A, IDS.message_id(1, 0), IDS.message_id(1, 0)]

    account = Account.of(records, IDS, tally(ledger, IDS, {0: 1, 1: 2}))

    assert (account.messages, account.delivered, account.unknown, account.twice) == (3, 1, 2, 1)


def test_a_late_acknowledgement_is_counted() -> None:
    """
    An attempt timed out, and the handler has processed the message.
    """
    records = delivered(0)
    states = records[0].states
    for _ in range(3):
        states.fail(states.begin(), "late", timed_out=True)
    states.deliver(0)
    states.give_up(1)
    states.give_up(2)

    account = Account.of(records, IDS, tally([A, B], IDS, SIZES))

    assert (account.delivered, account.given_up, account.late) == (1, 2, 2)
    assert account.given_up_processed == 1
    assert account.reasons == {"late": 2}
