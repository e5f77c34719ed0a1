"""
Validation: yes or no from jsonschema-rs, the explanation from jsonschema.

The two engines are held to one idea of a format: the explaining engine asks
the deciding one. Both follow RFC 3339 and RFC 9562 (a leap second is a time,
upper-case UUIDs are UUIDs).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from seamproof.schemas.json_text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

    from seamproof.json_types import Json, JsonMapping, JsonObject

#: The formats that are checked: those that jsonschema-rs knows.
FORMATS: Final = (
    *("date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname"),
    *("ipv4", "ipv6", "iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer"),
    *("time", "uri", "uri-reference", "uri-template", "uuid"),
)

_SHOWN: Final = 80
_READABLE: Final[Mapping[str, str]] = {
    "date-time": "a time as in RFC 3339, such as 2025-01-01T00:00:00.000Z",
    "uri": "a URI as in RFC 3986, with its scheme",
    "uuid": "a UUID of 32 hexadecimal digits with four hyphens",
    "array": "an array",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """
    One way in which a payload breaks the contract.

    Attributes:
        path: JSON Pointer (RFC 6901) to the value; of a property that is
            missing, to where it should be.
        rule: The keyword of JSON Schema, or `json`, `duplicate_key`,
            `not_a_number`, `encoding`, `event_type` for what comes before it.
        expected: What the rule asks for: the keyword's value, or `present` or
            `absent`.
        found: The value there, or `absent`.
        message: The same in words.
    """

    path: str
    rule: str
    expected: Any
    found: Any
    message: str


class Contract:
    """
    A schema compiled for both engines, each when it is first needed.

    Args:
        document: A JSON Schema, draft 2020-12.
    """

    def __init__(self, document: JsonMapping) -> None:
        self.document = document
        self._accepts: Callable[[Any], bool] | None = None
        self._explainer: Validator | None = None

    def is_valid(self, payload: object) -> bool:
        """
        Say yes or no, fast.
        """
        if self._accepts is None:
            from jsonschema_rs import Draft202012Validator

            self._accepts = Draft202012Validator(
                dict(self.document), validate_formats=True
            ).is_valid
        try:
            return self._accepts(payload)
        except ValueError:  # not JSON: a name that is no string, a type of Python's own
            return False

    def violations(self, payload: object) -> tuple[Violation, ...]:
        """
        Say what is wrong, in the order of the payload's pointers.
        """
        return () if self.is_valid(payload) else self.explain(payload)

    def explain(self, payload: object) -> tuple[Violation, ...]:
        """
        Say what is wrong with a payload that is known not to be valid.
        """
        if self._explainer is None:
            self._explainer = _explainer(dict(self.document))
        try:
            errors = list(self._explainer.iter_errors(_any(payload)))
            found = [one for error in errors for one in _read(error)]
            found += _beyond_json(payload, {one.path for one in found})
        except RecursionError:
            found = [_TOO_DEEP]
        return tuple(sorted(found or [_UNEXPLAINED], key=lambda one: (one.path, one.rule)))


def explain(document: JsonMapping, payload: object) -> tuple[Violation, ...]:
    """
    Say what is wrong with a payload by a schema that is used only this once.
    """
    return Contract(document).violations(payload)


def _explainer(document: JsonObject) -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    keywords = {"properties": _refused_properties()}
    sparing = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
    explainer: Validator = sparing(document, format_checker=_format_checker())
    return explainer


@lru_cache(maxsize=1)
def _format_checker() -> Any:  # noqa: ANN401 - jsonschema is imported late
    import jsonschema_rs
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name in FORMATS:
        accepts = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
        checker.checks(name, raises=ValueError)(accepts.is_valid)
    return checker


def _refused_properties() -> Callable[..., Iterator[ValidationError]]:
    """
    Make the keyword `properties` that explains only what the deciding engine refuses.

    Most of an event is well even when it is invalid, and the deciding engine
    sees that a hundred times faster.
    """
    contracts: dict[int, Contract] = {}  # by identity: the schemas live as long as their document

    def explain_refused(
        validator: Any,  # noqa: ANN401 - jsonschema is imported late
        properties: Mapping[str, JsonMapping],
        instance: Json,
        schema: object,
    ) -> Iterator[ValidationError]:
        del schema
        for name in properties if isinstance(instance, dict) else ():
            if name not in instance:
                continue
            member = properties[name]
            contract = contracts.setdefault(id(member), Contract(member))
            if "$ref" in member or not contract.is_valid(instance[name]):
                yield from validator.descend(instance[name], member, path=name, schema_path=name)

    return explain_refused


def _read(error: ValidationError) -> Iterator[Violation]:
    """
    Turn an engine's error into violations: one for each property it names.
    """
    path = "".join(f"/{escape(str(token))}" for token in error.absolute_path)
    rule, wanted, instance = str(error.validator), _any(error.validator_value), _any(error.instance)
    if rule == "required":
        # The engine reports each missing name on its own; its message begins with the name.
        missing = next(
            name for name in wanted if name not in instance and error.message.startswith(repr(name))
        )
        text = "is missing, the contract has it in every event"
        yield Violation(f"{path}/{escape(missing)}", rule, "present", "absent", text)
    elif rule == "additionalProperties" and wanted is False:
        for name in set(instance) - set(_any(error.schema).get("properties", {})):
            text = f"is not in the contract, found {shown(instance[name])}"
            spot = f"{path}/{escape(str(name))}"
            yield Violation(spot, rule, "absent", instance[name], text)
    else:
        text = f"must be {_words(rule, wanted)}, found {shown(instance)}"
        yield Violation(path, rule, wanted, instance, text)


def _any(value: object) -> Any:  # noqa: ANN401 - the engine's types have a state before validation
    return value


def _words(rule: str, wanted: Json) -> str:
    if rule == "const":
        return shown(wanted)
    if rule == "enum":
        return "one of " + ", ".join(shown(one) for one in wanted)
    if rule in ("type", "format"):
        names = [wanted] if isinstance(wanted, str) else wanted
        return " or ".join(_READABLE.get(name, name) for name in names)
    return _LIMITS.get(rule, "right by the rule {rule} {wanted}").format(rule=rule, wanted=wanted)


_LIMITS: Final[Mapping[str, str]] = {
    "maximum": "at most {wanted}",
    "maxItems": "of at most {wanted} items",
    "maxLength": "of at most {wanted} characters",
    "minimum": "at least {wanted}",
    "minItems": "of at least {wanted} items",
    "minLength": "of at least {wanted} characters",
    "pattern": "like the pattern {wanted}",
}


def shown(value: object) -> str:
    """
    Write a value as JSON, cut short where it is long.
    """
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def _beyond_json(payload: object, told: set[str]) -> list[Violation]:
    return [one for one in _not_json(payload, "") if one.path not in told]


def _not_json(value: object, path: str) -> Iterator[Violation]:
    """
    Find what makes a Python value no JSON value.
    """
    if isinstance(value, dict):
        for name, member in value.items():
            if isinstance(name, str):
                yield from _not_json(member, f"{path}/{escape(name)}")
            else:
                text = f"has a name that is no string: {name!r}"
                yield Violation(path, "json", "names that are strings", repr(name), text)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _not_json(member, f"{path}/{index}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Violation(path, "not_a_number", "a number", repr(value), f"is {value!r}, not in JSON")
    elif isinstance(value, str):
        if not _encodes(value):
            text = "holds half of a surrogate pair, which stands for no character"
            yield Violation(path, "encoding", "Unicode", ascii(value), text)
    elif value is not None and not isinstance(value, bool | int | float):
        kind = type(value).__name__
        text = f"is of type {kind}, which JSON does not have"
        yield Violation(path, "json", "a JSON value", repr(value), text)


_TOO_DEEP: Final = Violation(
    "", "json", "an event", "deep nesting", "is nested too deeply to be an event"
)

#: Stands in where the deciding engine refuses and the explaining one sees no reason.
_UNEXPLAINED: Final = Violation(
    "", "json", "a JSON value", "a value that jsonschema-rs refuses", "cannot be read as JSON"
)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
