"""
Calls of any operation with arguments drawn from its schema, and what every answer has to be.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import seam.resources as sdk
from seam.resources import action_attempt as attempts

from seamproof.formats import format_timestamp
from seamproof.mock_server.world.calls.parameters import _properties, validate
from seamproof.mock_server.world.data import operations, resources
from seamproof.mock_server.world.kinds import KIND_OF_ID, KINDS, category, view
from seamproof.mock_server.world.operations.table import ROWS
from seamproof.mock_server.world.refusals import CallRefused
from seamproof.schemas.validation.contract import Contract

if TYPE_CHECKING:
    from random import Random

    from seamproof.mock_server.world.records import Records

#: What is in an answer with records of several kinds.
_UNMANAGED: Final = frozenset({"access_code", "device"})


def arguments(path: str, records: Records, random: Random, now: float) -> dict[str, Any]:
    """
    Draw arguments of an operation that name records of the world where they can.
    """
    operation = operations()[path]
    given: dict[str, Any] = {}
    required = set(operation.parameters.get("required", ()))
    branches = operation.parameters.get("oneOf", ())
    if branches:
        required |= set(random.choice(branches).get("required", ()))
    own = KINDS[ROWS[path].kind].id_name
    for name, schema in _properties(path).items():
        share = 0.9 if name == own else 0.15 if branches else 0.3
        if name not in required and random.random() > share:
            continue
        given[name] = _value(path, name, schema, records, random, now)
    wanted = ROWS[path].category
    fitting = [
        one.id
        for one in (records.all("device") if wanted else ())
        if category(view(records, one)["device_type"]) == wanted
    ]
    if "device_id" in given and fitting:
        given["device_id"] = random.choice(fitting)
    key = f"{ROWS[path].kind}_key"
    if path.endswith("/create") and key in given and random.random() < 0.9:
        given[key] = f"{given[key]} {random.randrange(10**6)}"
    return given


def _value(  # noqa: PLR0911 - one return a kind of value
    path: str, name: str, schema: Any, records: Records, random: Random, now: float
) -> Any:
    many = name.endswith("_ids")
    kind = KIND_OF_ID.get(name.removesuffix("s") if many else name)
    if path.startswith("/phones") and name == "device_id":
        kind = "phone"
    if name == "page_cursor":
        return None
    if name == "limit":
        return random.randint(1, 5)
    if kind is not None:
        known = [one.id for one in records.all(kind)] or ["0" * 8 + "-0000-4000-8000-" + "0" * 12]
        return random.sample(known, min(len(known), 2)) if many else random.choice(known)
    if name in ("starts_at", "ends_at"):
        base = 0 if name == "starts_at" else 7200
        return format_timestamp(now + base + random.randint(-600, 6000))
    if name.endswith("_url"):
        return "https://example.com/"
    if name == "starts_at_time":
        return "11:00:00"
    if name == "climate_preset_key":
        return random.choice(("home", "away", "none"))
    if name in ("starts_daily_at", "ends_daily_at"):
        return "21:00:00[UTC]"
    return _of_schema(path, schema, records, random, now)


def _of_schema(  # noqa: PLR0911 - one return a kind of value
    path: str, schema: Any, records: Records, random: Random, now: float
) -> Any:
    for key in ("oneOf", "anyOf"):
        if key in schema:
            return _of_schema(path, random.choice(schema[key]), records, random, now)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else random.choice(schema["enum"])
    types = schema.get("type", "object")
    kind = types if isinstance(types, str) else next(one for one in types if one != "null")
    if kind == "boolean":
        return random.random() < 0.5
    if kind in ("number", "integer"):
        return random.randint(int(schema.get("minimum", 4)), int(schema.get("maximum", 40)))
    if kind == "array":
        items = schema.get("items", {})
        return [_of_schema(path, items, records, random, now) for _ in range(random.randint(1, 2))]
    if kind == "object":
        required = schema.get("required", ())
        return {
            name: _value(path, name, one, records, random, now)
            for name, one in schema.get("properties", {}).items()
            if name in required or random.random() < 0.3
        }
    return _text(schema, random, now)


def _text(schema: Any, random: Random, now: float) -> str:
    texts = {
        "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
        "date-time": format_timestamp(now + random.randint(0, 6000)),
        "email": f"guest{random.randint(1, 9)}@example.com",
        "uri": "https://example.com/",
    }
    if "pattern" in schema and "d+" in schema["pattern"]:
        return "".join(random.choices("0123456789", k=max(schema.get("minLength", 4), 4)))
    if "pattern" in schema:
        return "11:00"
    return texts.get(schema.get("format", ""), random.choice(("Lobby", "Room 1", "x")))


@cache
def _parser(resource: str) -> Any:
    name = "".join(part.capitalize() for part in resource.split("_"))
    return getattr(sdk, name).from_dict if hasattr(sdk, name) else dict


@cache
def _contract(resource: str) -> Contract:
    return Contract(resources()[resource])


def check_answer(path: str, answer: dict[str, Any]) -> None:
    """
    Check that an answer is what its operation says it is.
    """
    operation = operations()[path]
    names = {operation.key: operation.resource} if operation.key else {}
    names |= {name: one["resource"] for name, one in operation.also.items()}
    extra = {"pagination"} if operation.paginated else set()
    assert set(answer) == {*names} | extra, (path, set(answer))
    for name, resource in names.items():
        shown = answer[name] if isinstance(answer[name], list) else [answer[name]]
        for one in shown:
            if resource == "batch":
                for plural, members in one.items():
                    singular = plural.removesuffix("s").replace("identitie", "identity")
                    for member in members:
                        check_resource(path, singular, member)
            else:
                check_resource(path, resource, one)


def check_resource(path: str, resource: str, document: Any) -> None:
    """
    Check that a resource has the shape that Seam gives it.
    """
    if resource not in resources():
        return
    parse = attempts.action_attempt_from_dict if resource == "action_attempt" else _parser(resource)
    parse(document)
    unmanaged = f"unmanaged_{resource}"
    kind = resource.removeprefix("unmanaged_")
    if document.get("is_managed") is False and kind in _UNMANAGED:
        resource = unmanaged if unmanaged in resources() else resource
    wrong = _contract(resource).violations(document)
    assert not wrong, (path, [(one.path, one.message) for one in wrong], document)


def is_valid(path: str, given: dict[str, Any]) -> bool:
    """
    Whether the schema of an operation allows these arguments.
    """
    try:
        validate(path, given)
    except CallRefused:
        return False
    return True


__all__ = ["KINDS", "arguments", "check_answer", "check_resource", "is_valid"]
