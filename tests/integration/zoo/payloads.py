"""
Handlers that stumble over what stands in an event.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tests.integration.zoo.core import Event, Handler
from tests.integration.zoo.frames import PATH, django_app, fastapi_app, flask_app, starlette_app
from tests.integration.zoo.table import broken, broken_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request


_SOME_ID: Final = "7f3e8d52-0a52-4f41-9d26-3d1c2b6a4e10"


@broken("payload.documented_examples")
class NoIdIsZero(Handler):
    """
    An account whose id is all zeros is handled as a missing one.
    """

    def _act(self, event: Event) -> None:
        if UUID(event.get("connected_account_id", _SOME_ID)).int == 0:
            message = "the event has no account"
            raise ValueError(message)
        super()._act(event)


@broken("payload.every_event_type", frame=flask_app)
class TypeOfTwoParts(Handler):
    """
    The type is split into a resource and an action; some types have three parts.
    """

    def _act(self, event: Event) -> None:
        _resource, _action = event["event_type"].split(".")
        super()._act(event)


@broken("payload.every_event_type")
class OneTypeForgotten(Handler):
    """
    Every event of a thermostat is supposed to have the temperature.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"].startswith("thermostat."):
            self.warmth = event["temperature_celsius"]
        super()._act(event)


@broken("payload.required_only", frame=django_app)
class OptionalExpected(Handler):
    """
    The key of the customer is read from every event about a battery, and is optional.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"] == "device.low_battery":
            self.mail_to = event["customer_key"]
        super()._act(event)


@broken("payload.required_only", frame=starlette_app)
class MetadataExpected(Handler):
    """
    The device's own metadata is read as if it were always there.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"] == "lock.unlocked":
            self.site = event["device_custom_metadata"].get("site")
        super()._act(event)


@broken("payload.all_optional")
class OptionalNotExpected(Handler):
    """
    A user that a lock names is looked up in a list that nobody has filled.
    """

    def __init__(self, secret: str) -> None:
        super().__init__(secret)
        self.users: dict[str, str] = {}

    def _act(self, event: Event) -> None:
        if event["event_type"] == "lock.unlocked" and "acs_user_id" in event:
            self.user = self.users[event["acs_user_id"]]
        super()._act(event)


@broken("payload.nulls")
class NullIsNotMissing(Handler):
    """
    A default is given for a code that is missing; a code that is null is no string.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"] == "access_code.deleted":
            self.code = event.get("code", "").strip()
        super()._act(event)


@broken("payload.every_enum_value", frame=fastapi_app)
class MethodsInATable(Handler):
    """
    How a door was locked is looked up in a table, from which two of the methods are missing.
    """

    LABELS: Final = dict.fromkeys(("keycode", "manual", "automatic", "unknown"), "by hand")

    def _act(self, event: Event) -> None:
        if event["event_type"] == "lock.locked":
            self.label = self.LABELS[event["method"]]
        super()._act(event)


@broken("payload.every_enum_value")
class CodeOfAReason(Handler):
    """
    Why access was denied, inside an object, is matched without a default.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"] == "lock.access_denied" and isinstance(event.get("reason"), dict):
            match event["reason"].get("reason_code"):
                case "blocked_by_privacy_mode":
                    message = "no such reason"
                    raise LookupError(message)
        super()._act(event)


@broken("payload.timestamp_precision", frame=flask_app)
class MillisecondsOnly(Handler):
    """
    The time is cut up by position: three digits of a second and Z; some events bring six.
    """

    def _act(self, event: Event) -> None:
        if not re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{3}Z", event["occurred_at"]):
            message = f"no time: {event['occurred_at']}"
            raise ValueError(message)
        super()._act(event)


@broken("payload.timestamp_precision")
class StrptimeWithZ(Handler):
    """
    The format ends in a literal Z: an offset or nanoseconds, both RFC 3339, are refused.
    """

    def _act(self, event: Event) -> None:
        datetime.strptime(event["occurred_at"], "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007 - the bug
        super()._act(event)


@broken("payload.unicode")
class Latin(Handler):
    """
    What is written to an old system goes through Latin-1.
    """

    def _act(self, event: Event) -> None:
        self.line = json.dumps(event, ensure_ascii=False).encode("latin-1")
        super()._act(event)


@broken("payload.unicode", frame=fastapi_app)
class ThreeByteColumn(Handler):
    """
    The column holds characters of three bytes: an emoji has four.
    """

    def _act(self, event: Event) -> None:
        if re.search("[\U00010000-\U0010ffff]", json.dumps(event, ensure_ascii=False)):
            message = "Incorrect string value"
            raise OSError(message)
        super()._act(event)


@broken("payload.unicode")
class OneEventALine(Handler):
    """
    Events are spooled one a line and read with splitlines(), which also splits at U+2028.
    """

    def _parse(self, body: bytes) -> Event:
        event = super()._parse(body)
        spooled = json.dumps(event, ensure_ascii=False)
        events = [json.loads(line) for line in spooled.splitlines()]
        return dict(events[0])


@broken("payload.empty_values")
class FirstOfNone(Handler):
    """
    The first error of a list is read; the list may be empty.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"] == "connected_account.disconnected":
            self.error = event["connected_account_errors"][0]
        super()._act(event)


@broken("payload.empty_values", frame=flask_app)
class FirstCharacter(Handler):
    """
    A text is asked for its first character; it may be empty.
    """

    def _act(self, event: Event) -> None:
        if event.get("space_key") is not None:
            self.shelf = event["space_key"][0].upper()
        super()._act(event)


@broken("payload.large")
class SixteenKilobytes(Handler):
    """
    More than 16 kB is refused before it is read.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        return 413 if len(body) > 16 * 1024 else super()._receive(body, headers)


@broken("payload.large", frame=starlette_app)
class HundredKilobytes(Handler):
    """
    The usual limit of a body parser, 100 kB, is less than Seam may send.
    """

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> int:
        return 413 if len(body) > 102_400 else super()._receive(body, headers)


@broken_frame("payload.large", "delivery.split_body")
def text_of_parts(handler: Handler) -> Starlette:
    """
    The body is put together as text, each part of it decoded by itself.
    """

    async def receive(request: Request) -> Response:
        text = ""
        async for part in request.stream():
            text += part.decode(errors="replace")
        genuine = b"\xff" if "\ufffd" in text else text.encode()
        return Response(status_code=handler.receive(genuine, request.headers))

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


@broken("payload.property_fuzz")
class TwoOptionals(Handler):
    """
    A customer is found by one of two optional properties; now and then both are missing.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"] == "lock.locked" and "code" in event and "customer_key" not in event:
            self.user = event["acs_user_id"]
        super()._act(event)


@broken("payload.required_only", frame=flask_app)
class BothUnits(Handler):
    """
    A set point in one unit is thought to come with the other; each is optional by itself.
    """

    def _act(self, event: Event) -> None:
        if "heating_set_point_celsius" in event:
            celsius, fahrenheit = (
                event[f"heating_set_point_{unit}"] for unit in ("celsius", "fahrenheit")
            )
            self.label = f"{celsius} °C ({fahrenheit} °F)"
        super()._act(event)


@broken("payload.property_fuzz")
class LeadingZero(Handler):
    """
    A code is kept as a number, which has no leading zero, and compared with what was sent.
    """

    def _act(self, event: Event) -> None:
        code = event.get("code") or "1"
        if event["event_type"] == "access_code.set_on_device" and code.isdecimal():
            self.code = int(code)
            if str(self.code) != code:
                message = "another code than the one asked for"
                raise ValueError(message)
        super()._act(event)


@broken("payload.property_fuzz", frame=django_app)
class WarmRoom(Handler):
    """
    A thermometer is drawn for up to 35 degrees; a room may be warmer.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"] == "thermostat.temperature_threshold_exceeded":
            self.drawn = "▁▂▃▅▆▇"[round(event["temperature_celsius"]) // 6]
        super()._act(event)
