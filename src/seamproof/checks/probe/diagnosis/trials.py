"""
Trials: other deliveries that a handler may accept in place of a genuine one.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.model.causes import answer_text
from seamproof.checks.model.tuning import TRIAL_PATIENCE
from seamproof.checks.probe.diagnosis.responses import LIKELY_KEY, hint_for, refused_before
from seamproof.checks.probe.diagnosis.schemes import (
    NAMES,
    SERIALISATIONS,
    STANDARD_NAMES,
    SVIX_NAMES,
    Scheme,
    Variation,
    schemes,
)
from seamproof.events import mint_message_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seamproof.checks.model.exchange import Received
    from seamproof.checks.probe.diagnosis.frameworks import Framework
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject

#: What a trial counts as: a handler that does right rejects it.
_RECIPE: Final = "another secret"
#: What differs between two responses of one kind: ids, signatures, figures.
_VARYING: Final = re.compile(rb"[A-Za-z0-9+/=_.:-]*\d[A-Za-z0-9+/=_.:-]*|[A-Za-z0-9+/=_-]{20,}")
#: The check that is about the bytes that are verified.
RAW_BODY: Final = "signature.raw_body"
#: Characters of a response that a diagnosis quotes.
_QUOTED: Final = 120
_VERIFY_RAW: Final = "verify the bytes of the body as they came, and parse them afterwards: "
_UNVERIFIED: Final = Variation(
    None,
    "does not verify the signature",
    "verify before anything else: Webhook(secret).verify(raw, headers) of the library svix",
)
#: Where a handler may look for the event, by what it is wrapped into.
_WRAPPERS: Final = ("payload", "data", "event", "body", "message")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    Why a genuine delivery was refused.

    Attributes:
        finding: What the handler does; empty if nothing is known.
        cure: How to fix it; empty if the cure of the check says it.
        check: The id of the check that is about what the handler does; empty if there is none.
    """

    finding: str = ""
    cure: str = ""
    check: str = ""


@dataclass
class Trials:
    """
    The trials of one diagnosis.

    Attributes:
        probe: Of the run.
        framework: That of the handler.
        received: The response to the genuine delivery.
        forged: The response to the same with another secret, once it was sent.
    """

    probe: Probe
    framework: Framework
    received: Received
    forged: Received | None = None

    def signing(self) -> Diagnosis | None:
        """
        Find a way to sign that the handler accepts, unless it accepts that of Svix.
        """
        if self.is_verified():
            return None
        return self.serialisation() or self._scheme()

    def is_verified(self) -> bool:
        """
        Whether the handler responds to a forgery in another way: then the signature is right.
        """
        if self.forged is None:
            _, self.forged = self.probe.deliver(self.probe.plain(), recipe="another secret")
        return reduced_answer(self.forged) != reduced_answer(self.received)

    def serialisation(self) -> Diagnosis | None:
        """
        Find out whether the handler verifies what it has parsed and serialised again.
        """
        for name, serialise in SERIALISATIONS.items():
            event = self.probe.plain()
            body = self.probe.encoding.encode(event)
            if self._accepts(Scheme(), (SVIX_NAMES,), body, signed=serialise(event)):
                finding = (
                    f"the handler verifies the event that it has parsed and written again ({name})"
                )
                return Diagnosis(finding, _VERIFY_RAW + self.framework.raw_body, RAW_BODY)
        return None

    def content(self) -> Diagnosis | None:
        """
        Find out whether another event is accepted: of another type, or wrapped into an object.
        """
        if other := self._other_type():
            finding = f"the handler refuses the event types of this run, and accepts {other}"
            return Diagnosis(
                finding, "answer 2xx to every type, and ignore those that are not needed"
            )
        if not self._accepts_event(lambda event: {"unknown": event}):
            for name in _WRAPPERS:
                if self._accepts_event(_wrapping(name)):
                    finding = (
                        f"the handler looks for the event under {name!r}; Seam sends it at the top"
                    )
                    return Diagnosis(
                        finding, 'read event["event_type"], event["device_id"] and so on'
                    )
        return None

    def without_proof(self) -> Diagnosis:
        """
        Name the likely reason, by the response alone and by what was excluded.
        """
        received, hint = self.received, hint_for(self.received)
        before = refused_before(received)
        if before:
            exempt = f"exempt the path: {self.framework.csrf}" if "CSRF" in before else ""
            return Diagnosis(before, exempt if self.framework.csrf else "")
        if self.forged is not None and reduced_answer(self.forged) != reduced_answer(received):
            words = _excerpt(received)
            quoted = f' and says "{words}"' if words else ""
            finding = (
                "the signature is right (a forged one is "
                f"{answer_text(self.forged)}), but the handler refuses the event itself{quoted}: "
                "an event type that it does not know, or a model stricter than the contract"
            )
            return Diagnosis(hint if received.escaped else finding)
        if LIKELY_KEY in hint:
            cure = "give the handler the same secret as this run; or, if it has it, "
            return Diagnosis(hint, cure + _VERIFY_RAW + self.framework.raw_body)
        return Diagnosis(hint)

    def _scheme(self) -> Diagnosis | None:
        until = time.monotonic() + TRIAL_PATIENCE
        for scheme in schemes():
            body = self.probe.encoding.encode(self.probe.plain())
            if self._accepts(scheme, NAMES, body):
                return self._describe(scheme)
            if time.monotonic() > until:
                return None
        return None

    def _describe(self, scheme: Scheme) -> Diagnosis:
        """
        Find out which headers the handler needs, and whether it verifies them at all.
        """
        if not scheme.deviations and self._accepts(scheme, (SVIX_NAMES,), self._body()):
            return Diagnosis("the handler refuses a genuine delivery at times")
        names = _needed(lambda some: self._accepts(scheme, some, self._body()))
        parts: list[Variation[Any]] = list(scheme.deviations)
        used = [name for group in names for name in group if name not in SVIX_NAMES]
        if used:
            shown = ", ".join(used)
            cure = f"read {', '.join(SVIX_NAMES)}"
            if set(used) <= set(STANDARD_NAMES):
                cure += "; for a library that knows webhook-* only, hand them over by those names"
            parts.insert(0, Variation(None, f"reads {shown} (Seam sends svix-*)", cure))
        if self._accepts(scheme, names, self._body(), signed=b"something else"):
            parts = [*parts[: bool(used)], _UNVERIFIED]
        findings = " and ".join(dict.fromkeys(one.finding for one in parts))
        return Diagnosis(
            f"the handler {findings}", "; ".join(dict.fromkeys(one.cure for one in parts))
        )

    def _body(self) -> bytes:
        return self.probe.encoding.encode(self.probe.plain())

    def _accepts(
        self,
        scheme: Scheme,
        names: Sequence[tuple[str, ...]],
        body: bytes,
        *,
        signed: bytes | None = None,
    ) -> bool:
        """
        Send a body that is signed in some way, under some names of headers.
        """
        probe = self.probe
        now = probe.clock()
        message_id = mint_message_id(now)
        content = body if signed is None else signed
        stamp, signature = scheme.sign(probe.settings.secret, message_id, int(now), content)
        values = {"id": message_id, "timestamp": stamp}
        plain = probe.signed(body, event_type=probe.default_type)
        headers = [pair for pair in plain.headers if pair[0].lower() not in SVIX_NAMES]
        headers.extend(
            (name, values.get(name.rpartition("-")[2], signature))
            for group in names
            for name in group
        )
        trial = replace(plain, headers=tuple(headers), recipe=_RECIPE, message_id=message_id)
        return probe.is_accepted(probe.send(trial))

    def _accepts_event(self, change: Callable[[JsonObject], JsonObject]) -> bool:
        probe = self.probe
        body = probe.encoding.encode(change(probe.plain()))
        return probe.is_accepted(probe.deliver(body, event_type=probe.default_type)[1])

    def _other_type(self) -> str:
        """
        Find an event type that is not part of the run and is accepted; empty if there is none.
        """
        probe = self.probe
        until = time.monotonic() + TRIAL_PATIENCE
        others = (one for one in probe.events.catalogue if one not in probe.events.event_types)
        for event_type in others:
            if time.monotonic() > until:
                break
            if probe.is_accepted(probe.deliver(probe.plain(event_type))[1]):
                return event_type
        return ""


def _needed(accepts: Callable[[list[tuple[str, ...]]], bool]) -> list[tuple[str, ...]]:
    """
    Leave out each group of names, and then each name, without which a request is accepted.
    """
    groups: list[tuple[str, ...]] = list(NAMES)
    for group in NAMES:
        fewer = [one for one in groups if one != group]
        if accepts(fewer):
            groups = fewer
    names = [name for group in groups for name in group]
    for name in list(names):
        fewer_names = [one for one in names if one != name]
        if accepts([tuple(fewer_names)]):
            names = fewer_names
    return [tuple(names)]


def _wrapping(name: str) -> Callable[[JsonObject], JsonObject]:
    return lambda event: {name: event, "event_type": event.get("event_type")}


def reduced_answer(received: Received) -> tuple[object, ...]:
    """
    Reduce a response to what distinguishes it from responses of another kind.
    """
    escaped = received.escaped
    place = escaped and (escaped.kind, escaped.place)
    return received.status, place, _VARYING.sub(b"#", received.body)


def _excerpt(received: Received) -> str:
    text = " ".join(received.body.decode(errors="replace").split())
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"
