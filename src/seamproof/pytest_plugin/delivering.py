"""
Signed deliveries, and what can be wrong with one.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias, overload

from seamproof import events
from seamproof.errors import UnknownEventType, UsageError
from seamproof.events import Event, mint_message_id
from seamproof.pytest_plugin.sampling import put_all
from seamproof.pytest_plugin.telling import shortly
from seamproof.signing import HEADERS, TOLERANCE, Secret, sign
from seamproof.strategies import JOURNEYS, override_properties

if TYPE_CHECKING:
    from seamproof.pytest_plugin.factories import SampleFactory
    from seamproof.pytest_plugin.sampling import Samples

#: An event: its payload, or that with the exact bytes.
Payload: TypeAlias = "Mapping[str, Any] | Event"

#: Seconds until Svix tries again after a first failure.
_RETRY: Final = 5
#: Seconds of age that no verifier tolerates.
_STALE: Final = 600
_ID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GLOB: Final = frozenset("*?[")
_EXPECTED: Final = "an event type, a pattern, a journey, an event, or a list of events"


@dataclass(frozen=True, slots=True, repr=False)
class Delivery(events.Delivery):
    """
    A signed message, and variants of it to try a handler with.

    Attributes:
        message_id: `svix-id`.
        timestamp: `svix-timestamp`: whole seconds since the epoch.
        body: The exact bytes that are to be posted.
        headers: Names in lower case.
        secret: What it is signed with; never shown.
        variant: What was done to it; empty for what is as Seam sends it.
    """

    secret: Secret = field(kw_only=True, compare=False)
    variant: str = field(default="", kw_only=True, compare=False)

    def __repr__(self) -> str:
        kind = f"{self.event_type or 'no event'}{self.variant and ', ' + self.variant}"
        size = f"{len(self.body):,} bytes"
        return f"<Delivery of {kind}: {self.message_id}, at {self.timestamp}, {size}>"

    def __hash__(self) -> int:
        return hash((self.message_id, self.timestamp, self.body))

    @property
    def payload(self) -> Any:  # noqa: ANN401 - any JSON value
        """
        What the body says; None if it is no JSON.
        """
        return payload_of(self)

    @property
    def event_type(self) -> str | None:
        """
        The event type that the body claims, if there is one.
        """
        return event_type_of(self)

    @shortly
    def tampered(self, body: bytes | None = None) -> Delivery:
        """
        Change the body after signing; a good handler answers 4xx.

        Args:
            body: The other body; by default one that differs in a digit of an id, and is
                as valid as it was.

        Raises:
            UsageError: The body is no bytes, or the one that was signed.
        """
        return self._variant("tampered", body=_other(self.body, body))

    @shortly
    def stale(self, seconds: int = _STALE) -> Delivery:
        """
        Sign rightly, but as long ago; a good handler answers 4xx.

        Args:
            seconds: More than 300; less than -300 is as far ahead.

        Raises:
            UsageError: A verifier tolerates so many seconds.
        """
        age = _seconds(seconds)
        if abs(age) <= TOLERANCE:
            what, cure = "a verifier tolerates this", "`resigned(age=…)` signs at any time"
            expected = f"more than {TOLERANCE:.0f} seconds"
            raise UsageError(what, expected=expected, found=repr(seconds), cure=cure)
        return self._signed("stale", self.secret, int(time.time()) - age)

    @shortly
    def unsigned(self, *names: str) -> Delivery:
        """
        Leave out the headers of the signature; a good handler answers 4xx.

        Args:
            names: Which of `svix-id`, `svix-timestamp` and `svix-signature`; by default all.

        Raises:
            UsageError: It is another name.
        """
        left_out = names or HEADERS
        for name in left_out:
            if name not in HEADERS:
                what = "the signature has no such header"
                raise UsageError(what, expected=", ".join(HEADERS), found=repr(name))
        kept = {name: text for name, text in self.headers.items() if name not in left_out}
        return self._variant("unsigned", headers=kept)

    @shortly
    def resigned(self, *, secret: Secret | str | None = None, age: int | None = None) -> Delivery:
        """
        Make the next attempt: the same message, signed anew as Svix does 5 seconds later.

        Args:
            secret: Signs with another one; a good handler then answers 4xx.
            age: Signs as many seconds ago; at 240 a good handler still answers 2xx.

        Raises:
            SecretInvalid: The secret is none.
            UsageError: The age is no whole number.
        """
        key = self.secret if secret is None else _secret(secret)
        now = int(time.time())
        at = max(now, self.timestamp + _RETRY) if age is None else now - _seconds(age)
        kind = "resigned" if key == self.secret else "signed with another secret"
        return self._signed(kind, key, at)

    def duplicate(self) -> Delivery:
        """
        Send it once more, byte for byte; a good handler does nothing new and answers 2xx.
        """
        return self._variant("duplicate")

    def _signed(self, variant: str, secret: Secret, timestamp: int) -> Delivery:
        made = sign(self.body, secret, message_id=self.message_id, timestamp=timestamp)
        return self._variant(variant, timestamp=timestamp, headers={**self.headers, **made.headers})

    def _variant(self, variant: str, **changes: Any) -> Delivery:  # noqa: ANN401 - the fields' own
        whole = ", ".join(part for part in (self.variant, variant) if part)
        return replace(self, variant=whole, **changes)


class Deliveries:
    """
    Makes signed deliveries.

    Args:
        secret: What they are signed with.
        sample: Makes an event of a type.
        samples: Makes journeys.
    """

    @shortly
    def __init__(self, secret: Secret | str, sample: SampleFactory, samples: Samples) -> None:
        self._secret = _secret(secret)
        self._sample = sample
        self._samples = samples

    def __repr__(self) -> str:
        return "<seam_delivery>"

    @overload
    def __call__(self, wanted: str | Payload, /, **overrides: Any) -> Delivery: ...  # noqa: ANN401 - any JSON value
    @overload
    def __call__(self, wanted: Sequence[Payload], /, **overrides: Any) -> list[Delivery]: ...  # noqa: ANN401 - as above

    @shortly
    def __call__(
        self,
        wanted: str | Payload | Sequence[Payload],
        /,
        **overrides: Any,
    ) -> Delivery | list[Delivery]:
        """
        Sign one event, or each of many.
        """
        return self._made(wanted, overrides)

    @shortly
    def each(
        self,
        wanted: str | Payload | Sequence[Payload],
        /,
        **overrides: Any,  # noqa: ANN401 - any JSON value
    ) -> list[Delivery]:
        """
        Make a list, whether one or many are meant.
        """
        made = self._made(wanted, overrides)
        return [made] if isinstance(made, Delivery) else made

    def _made(self, wanted: object, overrides: Mapping[str, Any]) -> Delivery | list[Delivery]:
        if isinstance(wanted, str):
            if wanted in self._samples.catalogue:
                return self._signed(self._sample(wanted, **overrides))
            return [self._signed(one) for one in self._put(self._several(wanted), overrides)]
        if isinstance(wanted, Mapping | Event):
            return self._signed(self._overridden(wanted, overrides))
        if isinstance(wanted, Sequence) and all(isinstance(one, Mapping | Event) for one in wanted):
            if not overrides:
                return [self._signed(one) for one in wanted]
            return [self._signed(one) for one in self._put([*map(_payload, wanted)], overrides)]
        what = "there is nothing to be signed"
        found = "a delivery" if isinstance(wanted, events.Delivery) else type(wanted).__name__
        raise UsageError(what, where="seam_delivery", expected=_EXPECTED, found=found)

    def _several(self, name: str) -> list[dict[str, Any]]:
        """
        Make the events of a journey, or one of each type that a pattern fits.
        """
        if name in JOURNEYS:
            return self._samples.sampler.journey(name)
        if _GLOB.isdisjoint(name):
            near = self._samples.catalogue.nearest(name)
            raise UnknownEventType(name, near or [*JOURNEYS])
        return [self._sample(one.event_type) for one in self._samples.catalogue.match(name)]

    def _put(
        self, payloads: list[dict[str, Any]], overrides: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        return put_all(payloads, overrides, self._samples.catalogue)

    def _overridden(self, event: Payload, overrides: Mapping[str, Any]) -> Payload:
        if not overrides:
            return event
        payload = _payload(event)
        if "event_type" not in payload:
            what, cure = "the event has no event_type", "set the property in the event itself"
            raise UsageError(what, where="seam_delivery", cure=cure)
        return override_properties(payload, overrides, self._samples.catalogue)

    def _signed(self, event: Payload) -> Delivery:
        body = event.body if isinstance(event, Event) else _written(event)
        now = time.time()
        message_id, at = mint_message_id(now), int(now)
        made = sign(body, self._secret, message_id=message_id, timestamp=at)
        return Delivery(message_id, at, body, made.headers, secret=self._secret)


def payload_of(delivery: events.Delivery) -> Any:  # noqa: ANN401 - any JSON value
    """
    Read the body of a delivery; None if it is no JSON.
    """
    try:
        return json.loads(delivery.body)
    except (ValueError, RecursionError):
        return None


def event_type_of(delivery: events.Delivery) -> str | None:
    """
    Read the event type that the body of a delivery claims, if there is one.
    """
    payload = payload_of(delivery)
    claimed = payload.get("event_type") if isinstance(payload, dict) else None
    return claimed if isinstance(claimed, str) else None


def _payload(event: Payload) -> dict[str, Any]:
    return dict(event.payload if isinstance(event, Event) else event)


def _written(event: Mapping[str, Any]) -> bytes:
    try:
        return Event.of(dict(event)).body
    except (TypeError, ValueError, RecursionError) as problem:
        what, expected = "the event is no JSON", "objects, lists, texts, numbers, True, False, None"
        raise UsageError(
            what, where="seam_delivery", expected=expected, found=str(problem)
        ) from problem


def _other(signed: bytes, body: object) -> bytes:
    """
    Read the body that takes the place of the signed one, or make one.

    Raises:
        UsageError: It is no bytes, or the very same.
    """
    other = _altered(signed) if body is None else body
    if isinstance(other, bytes) and other != signed:
        return other
    what, expected = "this tampers with nothing", "bytes that differ from the body"
    found = "the very same" if other == signed else type(body).__name__
    raise UsageError(what, where="tampered", expected=expected, found=found)


def _seconds(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    what, expected = "an age is in whole seconds", "as 600"
    raise UsageError(what, expected=expected, found=repr(given))


def _altered(body: bytes) -> bytes:
    """
    Change a digit of the first id; without one a digit or letter, or else the length.
    """
    found = _ID.search(body)
    places = [found.end() - 1] if found else [at for at, one in enumerate(body) if _is_text(one)]
    if not places:
        return body + b" "
    at = places[-1]
    other = b"0" if body[at : at + 1] != b"0" else b"1"
    return body[:at] + other + body[at + 1 :]


def _is_text(byte: int) -> bool:
    return chr(byte).isascii() and chr(byte).isalnum()


def _secret(given: object) -> Secret:
    """
    Read a secret.

    Raises:
        UsageError: It is of another kind.
        SecretInvalid: It is not of the right form.
    """
    if isinstance(given, Secret):
        return given
    if not isinstance(given, str):
        what, expected = "a secret is a text", "whsec_ and base64"
        raise UsageError(what, where="seam_secret", expected=expected, found=type(given).__name__)
    return Secret(given)
