"""
The table of the delivery checks.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from seamproof.checks.battery.check import Check
from seamproof.checks.battery.delivery.concurrency import concurrent_burst, if_overlapping
from seamproof.checks.battery.delivery.duplicates.table import AT_LEAST_ONCE, DUPLICATES, RETRIES
from seamproof.checks.battery.delivery.failure_recovery import (
    copies_while_failing,
    retry_after_failure,
)
from seamproof.checks.battery.delivery.idempotency import concurrent_duplicates
from seamproof.checks.battery.delivery.journeys import journey
from seamproof.checks.battery.delivery.liveness import background_work, still_working
from seamproof.checks.battery.delivery.order.distinctness import distinct_events
from seamproof.checks.battery.delivery.order.out_of_order import out_of_order
from seamproof.checks.battery.delivery.rejection import no_effect_when_rejected
from seamproof.checks.battery.delivery.responses import (
    response_time,
    success_status,
    wrong_method,
)
from seamproof.checks.battery.delivery.transfers import base64_body, split_body
from seamproof.checks.model.check_info import Depth, Phase

METHODS: Final = "RFC 9110, section 15.5.6: 405 for a method that is not allowed"
TIMEOUT: Final = "Svix: an attempt is given up after 15 seconds, https://docs.svix.com/retries"
DISTINCT: Final = "Svix: a message is known by its svix-id; Seam: an event is known by its event_id"
ORDER: Final = "Svix guarantees no order; attempts run at the same time"
SEGMENTS: Final = "RFC 9293, section 3.8: TCP is a stream of bytes; RFC 9112, section 7.1: chunks"
GATEWAY: Final = "AWS: Set up API Gateway payload encodings, `isBase64Encoded`"
SEAM: Final = "Seam: https://docs.seam.co/latest/developer-tools/webhooks"
VERIFYING: Final = "Svix: https://docs.svix.com/receiving/verifying-payloads/how-manual"

#: A row of this table, with the values that most of its rows have.
_check: Final = partial(Check, phase=Phase.DELIVERY, has_measured_causes=True)

DELIVERY: Final = (
    _check(
        id="delivery.success_status",
        title="a genuine delivery: answered 2xx, not redirected",
        severity="error",
        is_preflight=True,
        replay="accepted",
        source=RETRIES,
        why=(
            "Only 200-299 counts as delivered. Anything else, including a redirect, is retried "
            "and in the end disables the endpoint."
        ),
        cure=(
            "Answer 2xx at exactly the URL that is registered: with or without the trailing "
            "slash, https, exempt from CSRF protection and login."
        ),
        run=success_status,
    ),
    _check(
        id="delivery.wrong_method",
        violation="GET is answered as a delivery would be.",
        title="GET: not answered 2xx",
        severity="error",
        replay="not_accepted",
        source=METHODS,
        why=(
            "Deliveries are POSTs. A GET that is handled as one comes from a link, a crawler or a "
            "preview."
        ),
        cure="Route only POST to the handler; answer 405 to all other methods.",
        run=wrong_method,
    ),
    _check(
        id="delivery.split_body",
        title="a small body in several TCP segments, or in chunks: accepted",
        severity="error",
        replay="accepted",
        source=SEGMENTS,
        why=(
            "A body often arrives in more than one segment. A handler that reads what has arrived "
            "so far verifies a part of the body, and rejects a genuine delivery now and then."
        ),
        cure=(
            "Read the whole body: `await request.read()` in aiohttp, not content.read(n); "
            "`await request.body()` in Starlette and FastAPI; all messages until more_body is "
            "false in ASGI. Do not count on Content-Length."
        ),
        run=split_body,
    ),
    _check(
        id="delivery.base64_body",
        title="a body in base64 (isBase64Encoded): accepted",
        severity="warning",
        replay="accepted",
        source=GATEWAY,
        why=(
            "An API Gateway that is configured for binary media types, or a load balancer, hands "
            "on the body in base64: then the signature of every delivery is verified over the "
            "wrong bytes."
        ),
        cure='If event["isBase64Encoded"] is true, verify base64.b64decode(event["body"]).',
        run=base64_body,
    ),
    _check(
        id="delivery.response_time",
        violation="The handler takes too long to answer.",
        title="answered within 5 seconds",
        severity="error",
        phase=Phase.TIMING,
        sends_nothing=True,
        replay="prompt",
        source=TIMEOUT,
        why=(
            "After 15 seconds Svix gives up and delivers again, although the work may have been "
            "done: slow responses cause duplicates."
        ),
        cure="Put the event into a queue, respond, and do the work afterwards.",
        run=response_time,
    ),
    *DUPLICATES,
    _check(
        id="delivery.concurrent_duplicates",
        violation="Copies of a message at once do not have the effect of one.",
        title="the same message several times at once: one effect",
        depth=Depth.CHANCE,
        severity="error",
        source=AT_LEAST_ONCE,
        why="Two requests both find that the id is new, and both do the work.",
        cure=(
            "Let the database decide: insert the id first (INSERT … ON CONFLICT DO NOTHING), "
            "under a unique index, and do the work only if it was new."
        ),
        run=if_overlapping(concurrent_duplicates),
        needs_state=True,
    ),
    _check(
        id="delivery.distinct_events",
        violation="Of two events that differ in their ids, one has no effect.",
        title="two events equal but for their ids: both have their effect",
        severity="error",
        source=DISTINCT,
        why=(
            "A door is unlocked twice in a second, and two devices at the same moment: each event "
            "is one of its own, however much it looks like another one."
        ),
        cure=(
            "Recognise duplicates by svix-id alone (or event_id); not by the type and the device, "
            "the second, or a hash of the body."
        ),
        run=distinct_events,
        needs_state=True,
    ),
    _check(
        id="delivery.out_of_order",
        violation="The final state depends on the order in which events arrive.",
        title="a journey in another order: the same final state",
        depth=Depth.ORDERS,
        severity="error",
        source=ORDER,
        why=(
            "Svix guarantees no order: a retry can arrive before an earlier event, some providers "
            'report ten minutes late, and some events never come. A late "connected" must not '
            'undo a "disconnected", nor bring a deleted device back.'
        ),
        cure=(
            "Parse occurred_at, with its fraction of a second, and compare it with that of the "
            "last event applied to the same record; not created_at, nor the time of arrival. "
            "Ignore older events, of a deleted record too; or fetch the resource's current state "
            "from Seam."
        ),
        run=out_of_order,
        needs_state=True,
    ),
    _check(
        id="delivery.journey",
        title="each journey in order: accepted",
        severity="error",
        phase=Phase.JOURNEY,
        source=SEAM,
        why="Events build on each other: a resource is created, changed, lost and deleted.",
        cure=(
            "Run the handler on the journey that fails (`seamproof sample --journey NAME`) and "
            "fix the step that fails."
        ),
        run=journey,
    ),
    _check(
        id="delivery.concurrent_burst",
        violation="Deliveries at once do not have the effect that they have one by one.",
        title="50 deliveries at once: none fails",
        depth=Depth.CHANCE,
        severity="error",
        source=ORDER,
        why=(
            "A property that loses its connection, or the retries after an outage, cause many "
            "events at the same time."
        ),
        cure=(
            "Give each request its own connection from a pool that waits, and share no state "
            "between requests without a lock."
        ),
        run=if_overlapping(concurrent_burst),
        needs_state=True,
    ),
    _check(
        id="delivery.retry_after_failure",
        violation="Work is lost or done twice while a dependency fails.",
        title="while the work fails: not 2xx; afterwards: done",
        severity="error",
        phase=Phase.FAILURE_RECOVERY,
        needs_breaker=True,
        source=RETRIES,
        why=(
            "A 2xx ends the retries: work that is not done by then is lost. So is the work of an "
            "id that is stored before the work is done."
        ),
        cure=(
            "Answer 5xx when the work fails, and store the id only together with the work, in one "
            "transaction."
        ),
        run=retry_after_failure,
        needs_state=True,
    ),
    _check(
        id="delivery.copies_while_failing",
        title="copies at once while the work fails: none answered 2xx",
        depth=Depth.CHANCE,
        severity="error",
        phase=Phase.FAILURE_RECOVERY,
        needs_breaker=True,
        source=RETRIES,
        why=(
            "An attempt that takes over 15 seconds is given up, and its retry comes while it is "
            "still at work. A 2xx to the retry ends them all, and if the first one fails then, the "
            "event is lost."
        ),
        cure=(
            "Answer 2xx to a known id only when its work is done; 409 or 503 while it is being "
            "done, so that Svix tries again."
        ),
        run=if_overlapping(copies_while_failing),
        needs_state=True,
    ),
    _check(
        id="delivery.no_effect_when_rejected",
        violation="A request that is rejected has an effect all the same.",
        title="a rejected request: no effect",
        severity="error",
        source=VERIFYING,
        why=(
            "Work that is done before the signature is verified is done for anybody, whatever the "
            "status is in the end."
        ),
        cure=(
            "Verify first. Write nothing, not even the id, before a request is known to be genuine."
        ),
        run=no_effect_when_rejected,
        needs_state=True,
    ),
    _check(
        id="delivery.background_work",
        violation="Work after the answer raises an exception that nobody sees.",
        title="work after the answer: no exception is lost",
        severity="error",
        phase=Phase.TIMING,
        sends_nothing=True,
        reports_background=True,
        replay="alive",
        source=RETRIES,
        why=(
            "The 2xx has ended the retries. What raises after it, in a thread, a task or an "
            "executor, loses the event, and nobody is notified."
        ),
        cure=(
            "Catch the exception where the work is done, store the event for another try, and "
            "read the result of each task and future."
        ),
        run=background_work,
    ),
    _check(
        id="delivery.still_working",
        violation="After the run, a plain event no longer has the effect that it had.",
        title="after everything: a plain event has the effect that it had at the beginning",
        severity="error",
        phase=Phase.TIMING,
        sends_nothing=True,
        replay="alive",
        source=RETRIES,
        why=(
            "A worker that ends at the first odd event, or a session that is never rolled back, "
            "loses every event that comes after it, until somebody restarts the server."
        ),
        cure=(
            "Let the loop of a worker outlive the exception of one event, and roll back the "
            "session in which a statement has failed."
        ),
        run=still_working,
    ),
)
