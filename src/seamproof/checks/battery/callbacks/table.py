"""
The table of the checks of calls to Seam.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from seamproof.checks.battery.callbacks.outage import catch_up
from seamproof.checks.battery.callbacks.records import (
    HANDLE_GONE,
    gone,
    newer,
    unavailable,
    with_seam,
)
from seamproof.checks.battery.check import Check
from seamproof.checks.model.check_info import Phase

ERRORS: Final = "Seam: https://docs.seam.co/latest/core-concepts/action-attempts, device errors"
API: Final = "Seam: https://docs.seam.co/latest/api/events/list"
RETRIES: Final = "Svix: https://docs.svix.com/retries"
ORDER: Final = "Svix guarantees no order, and retries for 27 hours: the record goes on changing"

#: A row of this table, with the values that its rows have.
_check: Final = partial(Check, severity="error", has_measured_causes=True)

CALLBACKS: Final = (
    _check(
        id="callback.gone",
        violation="An event whose record is deleted by now is not accepted.",
        title="the record is deleted by the time that the handler asks Seam: accepted",
        phase=Phase.DELIVERY,
        source=ORDER,
        why=(
            "An event that is delivered late speaks of a device or an access code that was "
            "deleted since. Seam answers 404; a handler that fails then is sent the same event for "
            "27 hours, and never gets further."
        ),
        cure=HANDLE_GONE,
        explains=("payload.*", "delivery.*", "effect.*"),
        run=with_seam(gone),
    ),
    _check(
        id="callback.unavailable",
        violation="Work that needs Seam is lost or done twice while Seam does not answer.",
        title="Seam answers 500, with `--thorough` late as well: not 2xx; afterwards: done",
        phase=Phase.FAILURE_RECOVERY,
        source=RETRIES,
        why=(
            "A 2xx ends the retries: what the handler could not do because Seam did not answer is "
            "lost."
        ),
        cure=(
            "Let the error of the call become a 5xx, or store the event and try again; set a "
            "time-out of a few seconds on the call, since Svix waits 15."
        ),
        run=with_seam(unavailable),
    ),
    _check(
        id="callback.newer",
        violation="A record that is newer than the event leads to another final state.",
        title="the record is newer than the event: accepted, with the same final state",
        phase=Phase.DELIVERY,
        needs_state=True,
        source=ORDER,
        why=(
            "By the time that the handler asks, the record has changed again: a device that the "
            "event calls disconnected is connected. What is stored has to be what the record is "
            "in the end."
        ),
        cure=(
            "Store the record as Seam returns it, and do not require that it agrees with the "
            "event; or do not ask, and go by the events and their occurred_at alone."
        ),
        run=with_seam(newer),
    ),
    _check(
        id="outage.catch_up",
        violation="After an outage events are lost, or have their effect twice.",
        title="down for 27 hours, then caught up through /events/list: each event once",
        phase=Phase.CLOCK,
        comes_last=True,
        needs_state=True,
        source=API,
        why=(
            "The retries end after 27 hours, and an endpoint that fails for days is disabled. What "
            "occurred meanwhile is in /events/list, and some of it is delivered all the same."
        ),
        cure=(
            "Store up to which created_at events are known, list from there with a little overlap, "
            "page by page, and recognise an event by its event_id wherever it comes from."
        ),
        run=with_seam(catch_up),
    ),
)
