"""
Payload mutations that a handler has to accept.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.json_pointer import get
from seamproof.schemas import catalog
from seamproof.schemas.payload_mutations import (
    PAYLOAD_MUTATIONS,
    empty_values,
    enlarged,
    null_values,
    other_times,
    text_paths,
    unknown_properties,
    unusual_texts,
    walk_with_schema,
    with_unusual_text,
    without,
)
from seamproof.schemas.validation.contract import Contract
from seamproof.strategies import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.json_types import JsonObject
    from seamproof.schemas import EventSchema
    from seamproof.schemas.payload_mutations import MutatedPayload

#: The mutations of a whole event type that the contract has to allow.
_BY_CONTRACT: Final[dict[str, Callable[[EventSchema, JsonObject], Iterator[MutatedPayload]]]] = {
    "null": lambda schema, event: null_values(schema.document, event),
    "empty": lambda schema, event: empty_values(schema.document, event, schema.example),
    "times": lambda _, event: other_times(event),
    "unknown": lambda schema, event: unknown_properties(schema.document, event),
    "text": lambda schema, event: (
        one for path in text_paths(schema.document, event) for one in unusual_texts(event, path)
    ),
}
_SMALL: Final = {
    "type": "object",
    "properties": {
        "name": {"type": ["string", "null"]},
        "code": {"type": "string", "enum": ["a", "b"]},
        "count": {"type": "integer"},
        "positive": {"type": "number", "minimum": 1},
        "errors": {"type": "array", "items": {"type": "object", "properties": {"message": {}}}},
        "pair": {"type": "array", "minItems": 2},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "device_custom_metadata": {"type": "object"},
    },
}
_EVENT: Final[JsonObject] = {
    "name": "Front door",
    "code": "a",
    "count": 3,
    "positive": 2,
    "errors": [{"message": "text"}],
    "pair": [1, 2],
    "labels": {"floor": "first"},
    "device_custom_metadata": {"note": "text", "number": 1},
}


@pytest.mark.parametrize("mutations", _BY_CONTRACT.values(), ids=_BY_CONTRACT)
def test_mutated_events_satisfy_the_contract(
    mutations: Callable[[EventSchema, JsonObject], Iterator[MutatedPayload]],
) -> None:
    """
    Every mutation of a sample of each resource is valid, differs, and leaves the sample alone.
    """
    sampler = Sampler(1)
    one_per_resource = {one.resource: one for one in catalog().match("*")}
    for schema in one_per_resource.values():
        event = sampler.event(schema.event_type, presence="all")
        before = copy.deepcopy(event)
        contract = Contract(schema.document)
        for mutated in mutations(schema, event):
            assert contract.is_valid(mutated.payload), (schema.event_type, mutated.description)
            assert mutated.payload != event or mutated.description.startswith("times with")
        assert event == before


def test_null_is_put_where_the_contract_allows_it() -> None:
    """
    One value at a time, named by its path.
    """
    found = {one.description: one for one in null_values(_SMALL, _EVENT)}
    assert list(found) == ["name is null"]
    assert found["name is null"].payload == {**_EVENT, "name": None}
    assert found["name is null"].properties == ("name",)


def test_values_are_emptied_where_the_contract_allows_it() -> None:
    """
    An empty text is standard only unless the example has one; limits and lists of values hold.
    """
    found = {one.description: one for one in empty_values(_SMALL, _EVENT, {"name": ""})}
    assert list(found) == [
        "name is an empty text",
        "count is 0",
        "errors is an empty list",
        "labels is an empty object",
        "labels.floor is an empty text",
        "device_custom_metadata is an empty object",
        "device_custom_metadata.number is 0",
    ]
    assert [name for name, one in found.items() if one.standard_only] == [
        "labels.floor is an empty text"
    ]


def test_times_keep_their_moment() -> None:
    """
    Whatever the format, the time is the same, as far as its digits go.
    """
    event = {"occurred_at": "2026-01-05T06:00:00.250Z", "list": ["2026-01-05T06:00:00.250000Z"]}
    found = {one.description: one.payload["occurred_at"] for one in other_times(event)}
    assert found == {
        "times with 3 digits": "2026-01-05T06:00:00.250Z",
        "times with 6 digits": "2026-01-05T06:00:00.250001Z",
        "times with an offset of zero": "2026-01-05T06:00:00.250+00:00",
        "times with an offset": "2026-01-05T11:30:00.250+05:30",
        "times with nanoseconds": "2026-01-05T06:00:00.250000789Z",
        "times with 1 digit": "2026-01-05T06:00:00.2Z",
        "times without a fraction": "2026-01-05T06:00:00Z",
        "times with a lower-case t and z": "2026-01-05t06:00:00.250z",
    }


def test_text_is_found_where_people_write() -> None:
    """
    Names and metadata, but no value of a list of values.
    """
    paths = text_paths(_SMALL, _EVENT)
    assert paths == (
        ("name",),
        ("errors", 0, "message"),
        ("device_custom_metadata", "note"),
    )
    changed = with_unusual_text(_EVENT, paths)
    assert all("🔑" in get(changed, path) for path in paths)
    assert [one.description for one in unusual_texts(_EVENT, paths[1])][:2] == [
        "an emoji",
        "astral letters",
    ]


@pytest.mark.parametrize("event", [{"event_description": "text"}, {"device_custom_metadata": {}}])
@pytest.mark.parametrize("letter", ["x", "\u20ac"])
def test_enlarged_events_have_about_the_size(event: JsonObject, letter: str) -> None:
    """
    With and without metadata, with letters of one byte and of three.
    """
    body = json.dumps(enlarged(event, 20_000, letter), ensure_ascii=False).encode()
    assert 18_000 < len(body) < 22_000


def test_unknown_properties_are_added_inside_objects_of_the_contract() -> None:
    """
    An object with listed properties gets one more; without such an object there is no such event.
    """
    found = {one.description: one.payload for one in unknown_properties(_SMALL, _EVENT)}
    assert found["unknown properties inside"]["errors"] == [
        {"message": "text", "future_property": "new"}
    ]
    assert "unknown properties inside" not in {
        one.description for one in unknown_properties({}, {"a": 1})
    }


def test_properties_are_left_out() -> None:
    """
    Names that are not there make no difference.
    """
    assert without({"a": 1, "b": 2}, "b", "c") == {"a": 1}


def test_every_value_is_visited_with_its_schema() -> None:
    """
    Values without a schema get an empty one.
    """
    event = {"labels": {"floor": "first"}, "other": [1]}
    found = {path: shape for path, shape, _ in walk_with_schema(_SMALL, event)}
    assert found["labels", "floor"] == {"type": "string"}
    assert found["other", 0] == {}
    assert list(found) == [(), ("labels",), ("labels", "floor"), ("other",), ("other", 0)]


def test_mutations_of_the_whole_payload_leave_the_original_alone() -> None:
    """
    Each makes another payload of a sample, the same one each time.
    """
    event = Sampler(1).event("device.connected", presence="all")
    before = copy.deepcopy(event)
    for mutate in PAYLOAD_MUTATIONS.values():
        changed = mutate(event, ("customer_key",))
        assert changed == mutate(event, ("customer_key",))
        assert changed != before
    assert event == before
