"""
Handlers that lose values, and models that reject several of them at one line.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from tests.integration.zoo.core import Event, Handler, subject
from tests.integration.zoo.frames import flask_app
from tests.integration.zoo.table import broken, good


class Keeping(Handler):
    """
    It keeps more of an event than when it occurred.
    """

    def _act(self, event: Event) -> None:
        super()._act(event)
        row = self.store.records[subject(event)]
        if row["at"] == str(event.get("occurred_at")):
            self._keep(event, row)

    def _keep(self, event: Event, row: dict[str, str]) -> None:
        """
        Keep values of the latest event of a record.
        """


@broken("payload.lost_values", frame=flask_app)
class EmptyBattery(Keeping):
    """
    A battery's level is kept if it is true: that of an empty one is not.
    """

    def _keep(self, event: Event, row: dict[str, str]) -> None:
        if event.get("battery_level"):
            row["battery"] = f"{event['battery_level']:.0%}"


@broken("payload.lost_values")
class NameStays(Keeping):
    """
    A description that was emptied keeps its old text.
    """

    def _keep(self, event: Event, _row: dict[str, str]) -> None:
        texts, name = self.store.records.setdefault("texts", {}), subject(event)
        texts[name] = event.get("event_description") or texts.get(name, "")


@broken("payload.lost_values")
class TwiceEncoded(Keeping):
    """
    Text goes through a column that was declared as Latin-1.
    """

    def _keep(self, event: Event, row: dict[str, str]) -> None:
        row["text"] = str(event.get("event_description", "")).encode().decode("latin-1")


@good()
class ValuesKept(Keeping):
    """
    Values are kept whatever they are; a threshold and a flag decide about something else.
    """

    def _keep(self, event: Event, row: dict[str, str]) -> None:
        level = event.get("battery_level")
        if level is not None:
            row["battery"] = f"{level:.0%}"
            row["state"] = "low" if level < 0.2 else "good"
        row["text"] = event.get("event_description") or "none"
        if event.get("is_via_nfc"):
            self.store.notices["by phone"] += 1


class Battery(BaseModel, extra="forbid"):
    """
    A model with three mistakes: closed, whole numbers only, and one value of an enum is missing.
    """

    event_id: str
    event_type: str
    workspace_id: str
    created_at: datetime
    occurred_at: datetime
    connected_account_id: str
    device_id: str
    battery_level: int
    battery_status: Literal["critical", "low", "good"]
    event_description: str | None = None
    customer_key: str | None = None
    connected_account_custom_metadata: dict[str, str | bool] | None = None
    device_custom_metadata: dict[str, str | bool] | None = None


@broken("payload.every_enum_value", "payload.every_event_type", "payload.unknown_property")
class ModelAtOneLine(Handler):
    """
    One line validates a whole event, and fails for several reasons.
    """

    def _act(self, event: Event) -> None:
        if event["event_type"] == "device.battery_status_changed":
            Battery.model_validate(event)
        super()._act(event)


@broken("payload.timestamp_precision")
class UpperCaseZOnly(Handler):
    """
    Z is replaced by an offset before a time is parsed; z is not.
    """

    def _act(self, event: Event) -> None:
        text = str(event["occurred_at"]).replace("Z", "+00:00")
        datetime.fromisoformat(text)
        super()._act(event)
