"""
The rules, as a table.
"""

from __future__ import annotations

from typing import Final

from seamproof.lint.model import Rule

_EVENTS: Final = "https://docs.seam.co/latest/api/events/object"
_WEBHOOKS: Final = "https://docs.seam.co/latest/developer-tools/webhooks"
_SVIX: Final = "https://docs.svix.com/receiving/verifying-payloads/how-manual"

RULES: Final = (
    Rule(
        id="unknown-event-type",
        title="An event type that Seam never sends",
        severity="error",
        source=_EVENTS,
        why="The branch never runs. Nothing fails: the handler answers 2xx, and what should have "
        "happened does not happen.",
        cure="Use the type that Seam sends; `seamproof schemas list` shows all of them.",
    ),
    Rule(
        id="deprecated-event-type",
        title="An event type that Seam has deprecated",
        severity="warning",
        source=_EVENTS,
        why="Seam advises against relying on it, and may stop sending it without notice.",
        cure="Use the type that replaces it; `seamproof schemas list` shows those that are sent.",
    ),
    Rule(
        id="unknown-header",
        title="A header that Seam never sends",
        severity="error",
        source=_WEBHOOKS,
        why="The header is always missing. A handler that demands it rejects every genuine "
        "delivery; one that verifies only if it is there accepts every forged one.",
        cure="Verify svix-id, svix-timestamp and svix-signature, best with SeamWebhook of the SDK "
        "or Webhook of svix.",
    ),
    Rule(
        id="unknown-property",
        title="A property that the event does not have",
        severity="error",
        source=_EVENTS,
        why="The value is always missing. Seam's events are flat: all properties are at the top, "
        "without payload or data around them.",
        cure="Read a property that the event has; `seamproof schemas show TYPE` lists them.",
    ),
    Rule(
        id="committed-secret",
        title="A signing secret in the source",
        severity="error",
        source=_WEBHOOKS,
        why="Whoever can read the repository, its forks or a bundle can sign events that the "
        "handler accepts.",
        cure="Read the secret from the environment, and rotate it: it stays in the history.",
    ),
    Rule(
        id="reserialised-body",
        title="Verification over JSON that was parsed and serialised again",
        severity="error",
        source=_SVIX,
        why="The signature is over the exact bytes of the request. JSON that is serialised again "
        "differs in white space, escapes, numbers or the order of keys, at times only.",
        cure="Verify the raw body of the request, and parse it afterwards.",
    ),
    Rule(
        id="stripped-secret",
        title="A strip of characters where the prefix whsec_ should be removed",
        severity="error",
        source=_SVIX,
        why="It removes every leading character that is one of w, h, s, e, c and _. Where the key "
        "begins with one of them, the handler decodes another key and rejects every delivery.",
        cure="Remove the prefix as a whole, or hand the secret as it is to the SDK.",
    ),
)

#: By the id of a rule, its row.
RULE_OF: Final = {rule.id: rule for rule in RULES}
