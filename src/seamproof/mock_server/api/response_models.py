"""
Bodies of responses of `/mock`: the JSON that records become.

FastAPI shows the models in the OpenAPI document.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from seamproof.formats import format_timestamp
from seamproof.json_types import JsonObject
from seamproof.mock_server.model.records import DeliveryKind, DeliveryState, MessageStatus


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


#: Seconds since the epoch, shown as ISO 8601.
Timestamp: TypeAlias = Annotated[
    float,
    PlainSerializer(format_timestamp, return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]
#: Bytes, shown as text.
Text: TypeAlias = Annotated[bytes, PlainSerializer(_decode, return_type=str)]
MessageId: TypeAlias = Annotated[str, Field(json_schema_extra={"pattern": "^msg_"})]
Headers: TypeAlias = dict[str, str]


class ResponseModel(BaseModel):
    """
    A part of a response. All its fields are always present.
    """

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class ClockView(ResponseModel):
    """
    The clock that the retry schedule runs on.
    """

    manual: bool
    now: Timestamp
    timestamp: Annotated[float, Field(description="Seconds since the epoch")]
    next_attempt_at: Annotated[
        Timestamp | None, Field(description="When the next attempt is due; null if none is pending")
    ]


class EndpointView(ResponseModel):
    """
    An endpoint. Seam's API alone shows its secret.
    """

    webhook_id: Annotated[str, Field(description="A UUID, that of the webhook in Seam's API")]
    url: Annotated[str, Field(description="Without a password")]
    event_types: list[str]
    header_names: list[str]
    faults: list[str]
    secrets: Annotated[int, Field(description="How many secrets sign at present")]
    disabled: Annotated[
        str, Field(description="Why it gets no messages; empty while it gets messages")
    ]
    created_at: Timestamp
    disables_at: Annotated[
        Timestamp | None, Field(description="When it is disabled if every attempt fails until then")
    ]


class MessageView(ResponseModel):
    """
    A message by itself.
    """

    message_id: MessageId
    event_id: str
    event_type: str
    created_at: Timestamp
    size: Annotated[int, Field(description="Bytes of the body")]
    faults: list[str]


class DeliveryView(ResponseModel):
    """
    The delivery of a message to an endpoint.
    """

    webhook_id: str
    kind: DeliveryKind
    state: DeliveryState
    attempts: int
    next_attempt_at: Annotated[Timestamp | None, Field(validation_alias="due_at")]


class SummaryView(MessageView):
    """
    A message in a list.
    """

    status: MessageStatus
    sendings: list[DeliveryView]


class RequestView(ResponseModel):
    """
    A request as it was sent, secrets masked.
    """

    headers: Annotated[Headers, Field(validation_alias="request_headers")]
    body: Annotated[Text, Field(validation_alias="request_body")]


class ResponseView(ResponseModel):
    """
    The response of a handler.
    """

    status: int
    headers: Annotated[Headers, Field(validation_alias="response_headers")]
    body: Annotated[Text, Field(validation_alias="response_body", description="Its first 4 kB")]


class AttemptView(ResponseModel):
    """
    An attempt: the request, and the response if there was one.
    """

    message_id: MessageId
    event_type: str
    webhook_id: str
    url: str
    kind: DeliveryKind
    ordinal: Annotated[int, Field(description="Among the attempts of one delivery, from 1")]
    at: Timestamp
    request: RequestView
    response: Annotated[ResponseView | None, Field(description="null without a response")]
    milliseconds: float
    delivered: bool
    reason: Annotated[
        str, Field(description="Why it does not count as delivered; empty when it does")
    ]
    fault: Annotated[str, Field(description="The faults that were applied")]
    next_attempt_at: Timestamp | None


class DetailView(SummaryView):
    """
    A message with its body and every attempt.
    """

    body: Text
    attempts: list[AttemptView]


class FaultView(ResponseModel):
    """
    A fault that can be requested.
    """

    name: str
    line: str
    answer: Annotated[str, Field(description="How a correct handler responds")]


class OkBody(ResponseModel):
    """
    The response to a request that succeeded.
    """

    ok: Literal[True] = True


class MessageIdsBody(OkBody):
    """
    The messages that were enqueued.
    """

    message_ids: list[MessageId]


class MessagesBody(OkBody):
    """
    A page of messages, the newest first.
    """

    messages: list[SummaryView]
    before: Annotated[int | None, Field(description="Requests the next page")]


class MessageBody(OkBody):
    """
    One message.
    """

    message: DetailView


class EndpointsBody(OkBody):
    """
    All endpoints.
    """

    endpoints: list[EndpointView]


class EndpointBody(OkBody):
    """
    One endpoint.
    """

    endpoint: EndpointView


class ClockBody(OkBody):
    """
    The clock.
    """

    clock: ClockView


class FaultListBody(OkBody):
    """
    All faults.
    """

    faults: list[FaultView]


class HealthBody(OkBody):
    """
    The server is up.
    """

    service: Literal["seamproof"] = "seamproof"
    version: str


class ErrorView(ResponseModel):
    """
    An error as Seam describes it.
    """

    # Otherwise the document would say that `validation_errors` is always present.
    model_config = ConfigDict(json_schema_mode_override="validation")

    type: str
    message: str
    request_id: str
    validation_errors: Annotated[
        JsonObject, Field(description="By field, each with its _errors", default_factory=dict)
    ]


class ErrorBody(ResponseModel):
    """
    The response to a request that failed.
    """

    error: ErrorView
    ok: Literal[False]
