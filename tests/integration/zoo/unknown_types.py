"""
Handlers that reject unknown event types and properties.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from tests.integration.zoo.core import Event, Handler, NotReadableError
from tests.integration.zoo.frames import fastapi_app, starlette_app
from tests.integration.zoo.table import broken


@broken("payload.unknown_property")
class ClosedRow(Handler):
    """
    An event about a phone is unpacked into a class that knows today's properties only.
    """

    @dataclass
    class Phone:
        """
        The event as it is documented.
        """

        event_id: str
        event_type: str
        workspace_id: str
        created_at: str
        occurred_at: str
        device_id: str
        event_description: str = ""
        device_custom_metadata: object = None

    def _act(self, event: Event) -> None:
        if event["event_type"] == "phone.deactivated":
            self.Phone(**event)
        super()._act(event)


#: What the handlers below know how to deal with.
RESOURCES: Final = {
    *("access_code", "access_grant", "access_method", "acs_access_group", "acs_credential"),
    *("acs_encoder", "acs_entrance", "acs_system", "acs_user", "action_attempt", "camera"),
    *("client_session", "connect_webview", "connected_account", "device", "lock"),
    *("enrollment_automation", "noise_sensor", "phone", "space", "thermostat"),
    *("user_identity",),
}


@broken("payload.unknown_event_type", frame=fastapi_app)
class NewResource(Handler):
    """
    An event of a resource that is not known is refused.
    """

    def _parse(self, body: bytes) -> Event:
        event = super()._parse(body)
        if event["event_type"].partition(".")[0] not in RESOURCES:
            raise NotReadableError
        return event


@broken("payload.unknown_event_type")
class NewAction(Handler):
    """
    A device does what this table knows, or the handler fails.
    """

    def _act(self, event: Event) -> None:
        resource, _, action = event["event_type"].partition(".")
        if resource == "lock":
            self.sentence = {
                "locked": "was locked",
                "unlocked": "was unlocked",
                "access_denied": "turned someone away",
            }[action]
        super()._act(event)


@broken("payload.signed_malformed_json", "signature.non_utf8_body", frame=starlette_app)
class ParsedOutsideTheTry(Handler):
    """
    What Seam signs is thought to be JSON; what is not ends in a 500.
    """

    def _parse(self, body: bytes) -> Event:
        event = json.loads(body)
        if not isinstance(event, dict):
            raise NotReadableError
        return event


@broken("payload.signed_non_object")
class ObjectExpected(Handler):
    """
    What is JSON is thought to be an object; a list has no get().
    """

    def _parse(self, body: bytes) -> Event:
        try:
            event: Event = json.loads(body)
        except ValueError as problem:
            raise NotReadableError from problem
        self.kind = event.get("event_type")
        return event
