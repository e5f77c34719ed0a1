"""
The table of the effect checks.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from seamproof.checks.battery.check import Check
from seamproof.checks.battery.effects.any_effect import any_effect, expected_effects
from seamproof.checks.battery.effects.event_age import future_event, old_event
from seamproof.checks.battery.effects.unusual_event import unusual_event
from seamproof.checks.model.check_info import Phase

SEAM: Final = "Seam: https://docs.seam.co/latest/developer-tools/webhooks"
RETRIES: Final = "Svix: https://docs.svix.com/retries"

#: A row of this table, with the values that its rows have.
_check: Final = partial(Check, phase=Phase.EFFECT, has_measured_causes=True, needs_state=True)

EFFECTS: Final = (
    _check(
        id="effect.any",
        violation="No event changes the state.",
        title="some event type changes the state",
        severity="error",
        source=SEAM,
        why=(
            "A handler that answers 2xx and does nothing loses every event, and nobody notices: "
            "Seam does not send again what was accepted."
        ),
        cure=(
            "Usual reasons: the handler looks for the event under another key, such as "
            'event["payload"] or event["data"] (Seam\'s events are flat: event["event_type"], '
            'event["device_id"]); it compares event_type with types that do not exist '
            "(`seamproof schemas list`); it drops events by age; the work is in a queue that "
            "nobody has run; an exception is caught and answered 2xx; or `--state` shows something "
            "else than the handler changes."
        ),
        run=any_effect,
    ),
    _check(
        id="effect.expected",
        violation="An event that is expected to change the state does not change it.",
        title="each event type of `--expect` changes the state",
        severity="error",
        source="Your `--expect`",
        why="An event type that the handler is written for and ignores is lost without a trace.",
        cure=(
            "Compare the event type and the properties that the handler reads with "
            "`seamproof schemas show TYPE`. Usual reasons: another key, a misspelt type, a branch "
            "before it, a guard by age, a record that it looks for and does not know (`--set`)."
        ),
        run=expected_effects,
    ),
    _check(
        id="effect.unusual_event",
        violation="An unusual event that is accepted has no effect.",
        phase=Phase.JOURNEY,
        title="with nulls, without optional properties, with unusual text: an effect",
        severity="error",
        source=RETRIES,
        why=(
            "The 2xx has ended the retries. Work after it that fails for a value, in a task, a "
            "thread or a queue, loses the event, and in another process nobody sees the exception."
        ),
        cure=(
            "Look into the log of the worker. Answer 2xx only after the work is done or stored for "
            "another try, and allow every value that the contract allows."
        ),
        run=unusual_event,
    ),
    _check(
        id="effect.old_event",
        violation="An event that occurred long ago does not have its effect.",
        phase=Phase.DELIVERY,
        title="an event that occurred 27 h 35 min ago: its effect",
        severity="error",
        source=RETRIES,
        why=(
            "Svix retries for 27 h 35 min, each time with a new timestamp and the same event: "
            "after an outage every event is old, and was not handled before."
        ),
        cure=(
            "Judge the age of a request by svix-timestamp, as verification does. Recognise "
            "duplicates by svix-id, and outdated events by comparing occurred_at with that of the "
            "last event applied to the same record."
        ),
        run=old_event,
    ),
    _check(
        id="effect.future_event",
        violation="An event whose time is a little ahead does not have its effect.",
        phase=Phase.FUTURE,
        comes_last=True,
        title="an event that occurred 1 min in the future: its effect",
        severity="warning",
        source="RFC 3339 times come from the clock of a device or of Seam, which may be fast",
        why="Clocks differ: an event that seems to be from the future has occurred.",
        cure="Do not compare occurred_at or created_at with the clock of this machine.",
        run=future_event,
    ),
)
