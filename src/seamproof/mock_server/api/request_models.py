"""
Bodies and queries of requests to `/mock`.

The models check what comes in, and FastAPI shows them in the OpenAPI document.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
)
from pydantic.json_schema import SkipJsonSchema

from seamproof.formats import parse_timestamp, read_digits
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.model.durations import LONGEST, MAX_GRACE, PATTERN, parse_duration
from seamproof.mock_server.model.records import FaultSpec
from seamproof.urls import EXAMPLE_URL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

    from seamproof.json_types import JsonObject

#: The most messages that one request creates.
MAX_COUNT: Final = 10_000

#: The largest integer that every JSON parser reads exactly.
MAX_INTEGER: Final = 2**53 - 1
_GROUP: Final = "[A-Za-z0-9+/]"
#: `whsec_` and base64 of 24 to 75 bytes.
_SECRET: Final = (
    rf"^whsec_({_GROUP}{{4}}){{8,24}}({_GROUP}{{4}}|{_GROUP}{{2}}(==)?|{_GROUP}{{3}}=?)?$"
)


def _read_integer(value: object) -> object:
    """
    Read 3.0 as 3: JSON does not distinguish the two.
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


_INTEGER: Final = BeforeValidator(_read_integer)


def _read_digits(value: object) -> object:
    """
    Read digits of a query; pydantic itself would also read `1.0`, `+1` and `1_0`.
    """
    if isinstance(value, str) and read_digits(value) is None:
        what = "Expected a whole number"
        raise ValueError(what)
    return value


DIGITS: Final = BeforeValidator(_read_digits)


def _type_tag(value: object) -> str:
    return "string" if isinstance(value, str) else "other"


#: Selects the alternative of a union, so that errors are those of one alternative only.
_BY_TYPE: Final = Discriminator(_type_tag)

#: The type of a field that may be left out, but not be null.
Absent: TypeAlias = SkipJsonSchema[None]
Count: TypeAlias = Annotated[int, Field(ge=1, le=MAX_COUNT), _INTEGER]
Text: TypeAlias = Annotated[str, Field(min_length=1)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
SecretText: TypeAlias = Annotated[str, Field(pattern=_SECRET, description="By default a new one")]
EventTypes: TypeAlias = Annotated[list[Text], Field(max_length=1000)]
Seed: TypeAlias = Annotated[
    Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER), _INTEGER, Tag("other")]
    | Annotated[str, Field(max_length=200), Tag("string")],
    _BY_TYPE,
    Field(description="The same seed gives the same choices"),
]

if TYPE_CHECKING:
    FaultName: TypeAlias = str
else:
    FaultName = Literal[tuple(FAULTS)]


class RequestModel(BaseModel):
    """
    A part of a request: no unknown fields, no null, no values of another type.
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_null(cls, value: object) -> object:
        if value is None:
            what = "Expected a value, received null"
            raise ValueError(what)
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonObject:
        """
        Describe the model, without `null` as the default of fields that cannot be null.
        """
        reference = handler(core_schema)
        for schema in handler.resolve_ref_schema(reference)["properties"].values():
            if schema.get("default", "") is None:
                del schema["default"]
        return reference


class FaultBody(RequestModel):
    """
    A fault, with the messages that it applies to.
    """

    name: FaultName
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    count: Count | Absent = None
    seed: Seed | Absent = None


Faults: TypeAlias = Annotated[
    list[
        Annotated[
            Annotated[FaultName, Tag("string")] | Annotated[FaultBody, Tag("other")],
            _BY_TYPE,
            Field(description="The name of a fault, or a fault with the messages it applies to"),
        ]
    ],
    Field(max_length=100),
]


def fault_specs(faults: Sequence[str | FaultBody]) -> tuple[FaultSpec, ...]:
    """
    Convert the faults of a request.
    """
    return tuple(
        FaultSpec(one) if isinstance(one, str) else FaultSpec(**one.model_dump()) for one in faults
    )


class RegisterBody(RequestModel):
    """
    An endpoint, with what Seam's own call has no parameters for.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": EXAMPLE_URL, "event_types": ["*"]}]}
    )

    url: str = Field(
        # What RFC 3986 allows: no white space, no control characters and none beyond ASCII.
        pattern=r"^[!#-;=?-\[\]_a-z~]+$",
        max_length=2000,
        description="Where the messages go: http or https",
        json_schema_extra={"format": "uri"},
    )
    event_types: EventTypes = Field(default_factory=lambda: ["*"])
    secret: SecretText | Absent = None
    headers: dict[
        Annotated[str, Field(pattern="^[A-Za-z0-9-]{1,100}$")],
        Annotated[str, Field(pattern="^[!-~]([ -~]{0,998}[!-~])?$")],
    ] = Field(default_factory=dict, max_length=50, description="Sent in addition to Svix's own")
    faults: Faults = Field(default_factory=list)


def read_timestamp(text: str) -> float:
    """
    Read an ISO 8601 date or time as seconds since the epoch; without an offset it is UTC.

    Raises:
        ValueError: It is neither.
    """
    try:
        return parse_timestamp(text)
    except (ValueError, OverflowError):
        what = "Invalid timestamp: expected ISO 8601, as in 2026-01-31T12:00:00Z"
        raise ValueError(what) from None


#: What a field that takes a time describes.
TIMESTAMP: Final = "an ISO 8601 date or time; without an offset it is UTC"


def _check_timestamp(value: str) -> str:
    read_timestamp(value)
    return value


Moment: TypeAlias = Annotated[str, Field(min_length=1), AfterValidator(_check_timestamp)]


class RecoverBody(RequestModel):
    """
    From when on to send messages again.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"since": "2026-01-31T12:00:00Z"}, {"since": "2026-01-31"}]}
    )

    since: Moment = Field(description=f"At most 14 days back: {TIMESTAMP}")


class RotateBody(RequestModel):
    """
    The new secret of an endpoint, and how long the old one continues to sign.
    """

    secret: SecretText | Absent = None
    grace: float = Field(
        86_400.0,
        ge=0,
        le=MAX_GRACE,
        description="Seconds for which the old secret continues to sign",
    )


class FaultsBody(RequestModel):
    """
    The faults of an endpoint.
    """

    faults: Faults


class EventTypesOfEndpointBody(RequestModel):
    """
    The event types that an endpoint subscribes to.
    """

    event_types: EventTypes = Field(description="`*` stands for all")


class ResetBody(RequestModel):
    """
    What to forget.
    """

    endpoints: bool = Field(default=False, description="Whether to forget the endpoints too")


class AdvanceBody(RequestModel):
    """
    How far to advance a manual clock.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"advance": "35m"}]})

    advance: Annotated[
        Annotated[float, Field(ge=0, le=LONGEST), Tag("other")]
        | Annotated[str, Field(pattern=PATTERN, max_length=80), Tag("string")],
        _BY_TYPE,
        Field(description="Seconds, or a duration as 35m or 27h35m"),
    ]

    @property
    def seconds(self) -> float:
        """
        The duration in seconds.

        Raises:
            UsageError: It is longer than a leap year.
        """
        return parse_duration(self.advance) if isinstance(self.advance, str) else self.advance


@lru_cache(maxsize=1)
def field_names() -> frozenset[str]:
    """
    List the fields of all requests.
    """
    models = RequestModel.__subclasses__()
    return frozenset(name for model in models for name in model.model_fields)
