"""
Bodies and queries of requests about messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from seamproof.json_types import JsonObject
from seamproof.mock_server.api.request_models import (
    DIGITS,
    MAX_COUNT,
    MAX_INTEGER,
    TIMESTAMP,
    Absent,
    Count,
    Faults,
    Moment,
    Name,
    RequestModel,
    Seed,
    Text,
    read_timestamp,
)
from seamproof.mock_server.model.records import MessageFilter, MessageStatus

if TYPE_CHECKING:
    from typing import Self

#: The most messages of a page, and how many it has by default.
MAX_PAGE: Final = 500
DEFAULT_PAGE: Final = 50


class EventBody(BaseModel):
    """
    A whole event, of which only the type matters here.
    """

    model_config = ConfigDict(strict=True, extra="allow")

    event_type: str


class EmitBody(RequestModel):
    """
    Which events to emit: those of a pattern, one whole event, or a journey.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [one]} for one in ("event_type", "event", "journey")],
            "examples": [{"event_type": "acs_credential.*", "count": 3, "faults": ["duplicate"]}],
        }
    )

    event_type: Name | Absent = Field(None, description="A glob over event types")
    event: EventBody | Absent = Field(
        None, description="A whole event, sent byte for byte, of up to 350 kB"
    )
    journey: Name | Absent = Field(None, description="The name of a journey")
    overrides: JsonObject = Field(
        default_factory=dict,
        max_length=100,
        description=(
            "Values by path, as device_id or errors.0.message. They go with event_type or "
            "journey; a whole event is sent as it is given"
        ),
    )
    count: Count | Absent = None
    seed: Seed | Absent = None
    faults: Faults = Field(default_factory=list)

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if [self.event_type, self.event, self.journey].count(None) != 2:  # noqa: PLR2004 - all but one
            what = "Exactly one of event_type, event and journey is given"
            raise ValueError(what)
        return self


class ResendBody(RequestModel):
    """
    Where to resend a message to.
    """

    webhook_id: Text | Absent = Field(None, description="To this endpoint only")


class ResendManyBody(RequestModel):
    """
    Which messages to resend, and where to.
    """

    message_ids: Annotated[list[Name], Field(min_length=1, max_length=MAX_COUNT)]
    webhook_id: Text | Absent = Field(None, description="To this endpoint only")


class MessagesQuery(RequestModel):
    """
    Which messages to list.
    """

    # A query has no types: its numbers come as text.
    model_config = ConfigDict(strict=False)

    status: MessageStatus | Absent = None
    event_type: Name | Absent = Field(None, description="A glob over event types")
    endpoint: Text | Absent = Field(None, description="A webhook_id, also of a removed endpoint")
    text: Name | Absent = Field(None, description="A text in the body, in upper or lower case")
    since: Moment | Absent = Field(None, description=f"Accepted then or later: {TIMESTAMP}")
    until: Moment | Absent = Field(None, description=f"Accepted before: {TIMESTAMP}")
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), DIGITS] = DEFAULT_PAGE
    before: Annotated[int, Field(ge=1, le=MAX_INTEGER), DIGITS] | Absent = None

    def wanted(self) -> MessageFilter:
        """
        Convert the fields that choose messages.
        """
        times = {name: getattr(self, name) for name in ("since", "until")}
        return MessageFilter(
            status=self.status,
            event_type=self.event_type,
            endpoint=self.endpoint,
            text=self.text,
            **{name: None if one is None else read_timestamp(one) for name, one in times.items()},
        )
