"""
Bodies of responses that explain: messages, endpoints, the contract.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from seamproof.json_types import Json, JsonObject
from seamproof.mock_server.api.request_models import (
    Absent,
    Moment,
    Name,
    RequestModel,
    Seed,
    Text,
)
from seamproof.mock_server.api.response_models import (
    MessageIdsBody,
    OkBody,
    ResponseModel,
    Timestamp,
)
from seamproof.mock_server.model.durations import LONGEST
from seamproof.mock_server.model.retry_schedule import Like
from seamproof.mock_server.service.saved_forms import Form
from seamproof.signing.verification import Reason


class ViolationView(ResponseModel):
    """
    A violation of the contract by a payload.
    """

    path: Annotated[str, Field(description="A JSON Pointer; empty for the whole payload")]
    message: str


class VerdictView(ResponseModel):
    """
    The result of verifying an attempt.
    """

    reason: Reason
    explanation: str


class UpcomingAttemptView(ResponseModel):
    """
    An attempt that is made if those before it fail.
    """

    ordinal: int
    at: Timestamp
    earliest: Timestamp
    latest: Timestamp


class UpcomingDeliveryView(ResponseModel):
    """
    The coming attempts of a pending delivery.
    """

    webhook_id: str
    attempts: list[UpcomingAttemptView]


class ExplanationView(ResponseModel):
    """
    What a message's records do not say by themselves.
    """

    violations: list[ViolationView]
    verdicts: Annotated[
        list[VerdictView | None],
        Field(description="Of each attempt, in their order; null if the endpoint is gone"),
    ]
    upcoming: list[UpcomingDeliveryView]


class ExplanationBody(OkBody):
    """
    The explanation of a message.
    """

    explanation: ExplanationView


class SavedQuery(RequestModel):
    """
    The form in which a message is saved.
    """

    form: Form
    webhook_id: Text | Absent = Field(None, description="The endpoint that it is for")


class SavedBody(OkBody):
    """
    A message as a text.
    """

    name: Annotated[str, Field(description="A name for the file")]
    text: str


class SkippedView(ResponseModel):
    """
    A message that could not be resent.
    """

    message_id: str
    reason: str


class ResentBody(MessageIdsBody):
    """
    The messages that were resent, and those that were not.
    """

    skipped: list[SkippedView]


class StatisticsQuery(RequestModel):
    """
    The intervals of a statistic.
    """

    since: Moment | Absent = Field(None, description="By default 60 intervals ago")
    interval: Annotated[float, Field(gt=0, le=LONGEST, strict=False)] = 60.0


class IntervalView(ResponseModel):
    """
    The attempts of an endpoint within an interval.
    """

    at: Timestamp
    delivered: int
    failed: int
    median: Annotated[float, Field(description="Milliseconds")]
    p95: Annotated[float, Field(description="Milliseconds")]


class StatisticsView(ResponseModel):
    """
    How the attempts of an endpoint went. Intervals without an attempt are left out.
    """

    consecutive_failures: int
    interval: Annotated[float, Field(description="Seconds")]
    intervals: list[IntervalView]


class StatisticsBody(OkBody):
    """
    The statistics of an endpoint.
    """

    statistics: StatisticsView


class EventTypeView(ResponseModel):
    """
    An event type of the contract.
    """

    event_type: str
    resource: str
    title: str
    description: str
    deprecated: bool
    documented: bool


class EventTypesBody(OkBody):
    """
    The event types of the contract.
    """

    event_types: list[EventTypeView]
    sources: Annotated[
        list[str],
        Field(description="What the contract rests on, the oldest first"),
    ]


class EventTypeBody(OkBody):
    """
    The contract of an event type.
    """

    event_type: EventTypeView
    document: Annotated[JsonObject, Field(description="A JSON Schema, draft 2020-12")]
    example: JsonObject


class JourneyView(ResponseModel):
    """
    A journey: a sequence of events.
    """

    name: str
    event_types: list[str]


class JourneysBody(OkBody):
    """
    All journeys.
    """

    journeys: list[JourneyView]


class SampleBody(RequestModel):
    """
    Which event to sample.
    """

    event_type: Name
    seed: Seed | Absent = None


class EventSampleBody(OkBody):
    """
    An event.
    """

    event: JsonObject


class ValidateBody(RequestModel):
    """
    An event to validate.
    """

    event: Json

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_null(cls, value: object) -> object:
        # Null is a JSON text like any other: a violation, not a malformed request.
        return value


class ViolationsBody(OkBody):
    """
    The violations of an event.
    """

    violations: list[ViolationView]


class SettingsView(ResponseModel):
    """
    How the server behaves.
    """

    version: str
    schedule: Annotated[list[float], Field(description="Seconds before each attempt")]
    jitter: float
    timeout: Annotated[float, Field(description="Seconds")]
    like: Like
    manual_clock: bool


class SettingsBody(OkBody):
    """
    The settings of the server.
    """

    settings: SettingsView
