"""
The table of the checks that deliver a message again.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from seamproof.checks.battery.check import Check
from seamproof.checks.battery.delivery.duplicates.retention import (
    duplicate_elsewhere,
    duplicate_later,
    duplicate_next_day,
)
from seamproof.checks.battery.delivery.idempotency import (
    duplicate,
    duplicate_resigned,
    look_at_duplicates,
    look_at_resigned,
)
from seamproof.checks.model.check_info import Depth, Phase

RETRIES: Final = "Svix: https://docs.svix.com/retries"
AT_LEAST_ONCE: Final = "Svix delivers at least once; svix-id stays the same for every attempt"

#: A row of this table, with the values that most of its rows have.
_check: Final = partial(Check, phase=Phase.DELIVERY, has_measured_causes=True)

DUPLICATES: Final = (
    _check(
        id="delivery.duplicate",
        violation="A redelivery has its effect a second time.",
        title="the same delivery twice: one effect",
        severity="error",
        source=AT_LEAST_ONCE,
        why="If a response gets lost, the event is delivered again, byte for byte.",
        cure=(
            "Store svix-id under a unique index, in the same transaction as the work, and answer "
            "2xx to a known id."
        ),
        run=duplicate,
        look_again=look_at_duplicates,
        explains=("delivery.duplicate_*", "delivery.concurrent_duplicates"),
        needs_state=True,
    ),
    _check(
        id="delivery.duplicate_resigned",
        violation="A retry of a message, with a new signature, has its effect again.",
        title="the same message with a new signature: one effect",
        severity="error",
        source=AT_LEAST_ONCE,
        why="A retry has the same svix-id and body, but a new timestamp and a new signature.",
        cure=(
            "Recognise duplicates by svix-id; not by the signature, the timestamp or a hash of "
            "the request."
        ),
        run=duplicate_resigned,
        look_again=look_at_resigned,
        explains=("delivery.duplicate_*",),
        needs_state=True,
    ),
    _check(
        id="delivery.duplicate_later",
        violation="A retry after the shortest delay has its effect again.",
        title="the same message after the shortest retry: one effect",
        depth=Depth.CHANCE,
        severity="error",
        source=RETRIES,
        why=(
            "The first retry comes 5 seconds after a failed attempt. An id that is forgotten by "
            "then, from a cache of a few seconds or of the last few ids, protects from nothing."
        ),
        cure="Keep svix-id in the database for at least 28 hours, better for good.",
        has_to_wait=True,
        run=duplicate_later,
        needs_state=True,
    ),
    _check(
        id="delivery.duplicate_next_day",
        violation="A retry minutes to 27 h 35 min later has its effect again.",
        title="the same message minutes to 27 h 35 min later: one effect",
        phase=Phase.CLOCK,
        comes_last=True,
        severity="error",
        source=RETRIES,
        why=(
            "The last retry comes 27 h 35 min after the first attempt. A cache of ten minutes or a "
            "day has forgotten the id by then."
        ),
        cure="Keep svix-id in the database for at least 28 hours, better for good.",
        run=duplicate_next_day,
        needs_state=True,
    ),
    _check(
        id="delivery.duplicate_elsewhere",
        title="the same message at another worker process: one effect",
        severity="error",
        source=AT_LEAST_ONCE,
        why=(
            "A server has several worker processes, and a retry comes to any of them. An id in the "
            "memory of one is new to the others."
        ),
        cure="Keep svix-id where all workers look: in the database, under a unique index.",
        run=duplicate_elsewhere,
        needs_state=True,
    ),
)
