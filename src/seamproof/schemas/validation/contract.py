"""
Compiled schemas: jsonschema-rs decides whether a payload is valid, jsonschema explains why not.

Both validators check formats in the same way, because the explaining one calls the
deciding one. They follow RFC 3339 and RFC 9562 (a leap second is a time,
upper-case UUIDs are UUIDs).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import nearest_names
from seamproof.json_pointer import escape, to_pointer
from seamproof.schemas.json_text import HALF_A_PAIR, SURROGATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema import FormatChecker, ValidationError
    from jsonschema.protocols import Validator

    from seamproof.json_types import Json, JsonMapping, JsonObject

#: The formats that are checked: all that jsonschema-rs supports.
FORMATS: Final = (
    *("date", "date-time", "duration", "email", "hostname", "idn-email", "idn-hostname"),
    *("ipv4", "ipv6", "iri", "iri-reference", "json-pointer", "regex", "relative-json-pointer"),
    *("time", "uri", "uri-reference", "uri-template", "uuid"),
)

_EXCERPT: Final = 80
#: Values of `type` and `format` in words.
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
    One violation of a schema by a payload.

    Attributes:
        path: JSON Pointer (RFC 6901) to the value, or to where a missing
            property should be.
        rule: The keyword of JSON Schema; or `json`, `duplicate_key`,
            `not_a_number`, `encoding`, `event_type`, which are checked first.
        expected: The value of the keyword, or `present` or `absent`.
        found: The value at that path, or `absent`.
        message: What is wrong, in words.
    """

    path: str
    rule: str
    expected: Json
    found: Json
    message: str


class Contract:
    """
    A compiled schema; each of the two validators is compiled on first use.

    Args:
        document: A JSON Schema, draft 2020-12.
    """

    def __init__(self, document: JsonMapping) -> None:
        self.document = document
        self._accepts: Callable[[Json], bool] | None = None
        self._explainer: Validator | None = None

    def is_valid(self, payload: object) -> bool:
        """
        Return whether a payload is valid. This is the fast path.
        """
        if self._accepts is None:
            from jsonschema_rs import Draft202012Validator

            self._accepts = Draft202012Validator(
                dict(self.document), validate_formats=True
            ).is_valid
        try:
            return self._accepts(payload)
        except ValueError:  # not JSON: a name that is not a string, a type that JSON lacks
            return False

    def violations(self, payload: object) -> tuple[Violation, ...]:
        """
        Return the violations of a payload, sorted by JSON Pointer; none if it is valid.
        """
        return () if self.is_valid(payload) else self.explain(payload)

    def explain(self, payload: Json) -> tuple[Violation, ...]:
        """
        Return the violations of a payload that is known to be invalid.
        """
        if self._explainer is None:
            self._explainer = _explainer(dict(self.document))
        try:
            errors = list(self._explainer.iter_errors(payload))
            found = [violation for error in errors for violation in _violations_of(error)]
            paths = {violation.path for violation in found}
            found += [one for one in _not_json(payload, "") if one.path not in paths]
        except RecursionError:
            found = [_TOO_DEEP]
        return tuple(sorted(found or [_UNEXPLAINED], key=attrgetter("path", "rule")))


def explain(document: JsonMapping, payload: object) -> tuple[Violation, ...]:
    """
    Return the violations of a payload against a schema that is used only once.
    """
    return Contract(document).violations(payload)


def _explainer(document: JsonObject) -> Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    keywords = {"properties": _invalid_properties()}
    validator = extend(Draft202012Validator, keywords)  # type: ignore[no-untyped-call]
    explainer: Validator = validator(document, format_checker=_format_checker())
    return explainer


@lru_cache(maxsize=1)
def _format_checker() -> FormatChecker:
    import jsonschema_rs
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name in FORMATS:
        accepts = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
        checker.checks(name, raises=ValueError)(accepts.is_valid)
    return checker


def _invalid_properties() -> Callable[..., Iterator[ValidationError]]:
    """
    Implement the keyword `properties` so that it descends into invalid properties only.

    Most properties of an invalid event are valid, and jsonschema-rs finds that
    out a hundred times faster.
    """
    contracts: dict[int, Contract] = {}  # by identity: the schemas live as long as their document

    def explain_invalid(
        validator: Any,  # noqa: ANN401 - the protocol Validator lacks `descend`
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

    return explain_invalid


def _violations_of(error: ValidationError) -> Iterator[Violation]:
    """
    Convert an error of jsonschema to violations, one for each property that it names.
    """
    path = to_pointer(error.absolute_path)
    # Annotated because these are unset before validation, by their types.
    schema: Json = error.schema
    instance: Json = error.instance
    expected: Json = error.validator_value
    rule = str(error.validator)
    if rule == "required":
        # There is an error for each missing name; its message begins with the name.
        missing = next(
            name
            for name in expected
            if name not in instance and error.message.startswith(repr(name))
        )
        text = "is missing, the contract has it in every event"
        yield Violation(f"{path}/{escape(missing)}", rule, "present", "absent", text)
    elif rule == "additionalProperties" and expected is False:
        for name in set(instance) - set(schema.get("properties", {})):
            near = nearest_names(str(name), schema.get("properties", {}), limit=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            text = f"is not in the contract, found {excerpt(instance[name])}{hint}"
            pointer = f"{path}/{escape(str(name))}"
            yield Violation(pointer, rule, "absent", instance[name], text)
    else:
        text = f"must be {in_words(rule, expected)}, found {excerpt(instance)}"
        yield Violation(path, rule, expected, instance, text)


def in_words(rule: str, expected: Json) -> str:
    """
    Write in words what a keyword of JSON Schema requires, to follow "must be".
    """
    if rule == "const":
        return excerpt(expected)
    if rule == "enum":
        return "one of " + ", ".join(excerpt(value) for value in expected)
    if rule in ("type", "format"):
        names = [expected] if isinstance(expected, str) else expected
        return " or ".join(_READABLE.get(name, name) for name in names)
    if rule in _CHOICES and isinstance(expected, list):
        return " or ".join(dict.fromkeys(map(_alternative, expected)))
    return _LIMITS.get(rule, "valid by the rule {rule} {expected}").format(
        rule=rule, expected=expected
    )


def _alternative(schema: JsonMapping) -> str:
    for rule in ("const", "enum", *_CHOICES):
        if rule in schema:
            return in_words(rule, schema[rule])
    if schema.get("required"):
        return f"an object with {' and '.join(schema['required'])}"
    return in_words("type", schema.get("type", "any value"))


#: Keywords of which the value is a list of schemas.
_CHOICES: Final = ("anyOf", "oneOf")
_LIMITS: Final[Mapping[str, str]] = {
    "maximum": "at most {expected}",
    "maxItems": "of at most {expected} items",
    "maxLength": "of at most {expected} characters",
    "minimum": "at least {expected}",
    "minItems": "of at least {expected} items",
    "minLength": "of at least {expected} characters",
    "pattern": "like the pattern {expected}",
}


def excerpt(value: object) -> str:
    """
    Serialise a value as JSON, cut after 80 characters.
    """
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}… ({len(text)} characters)"


def _not_json(value: object, path: str) -> Iterator[Violation]:
    """
    Find the parts of a Python value that JSON cannot represent.
    """
    if isinstance(value, dict):
        for name, member in value.items():
            if isinstance(name, str):
                yield from _not_json(member, f"{path}/{escape(name)}")
            else:
                text = f"has a name that is not a string: {name!r}"
                yield Violation(path, "json", "names that are strings", repr(name), text)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _not_json(member, f"{path}/{index}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Violation(path, "not_a_number", "a number", repr(value), f"is {value!r}, not in JSON")
    elif isinstance(value, str):
        if SURROGATE.search(value):
            text = f"contains {HALF_A_PAIR}"
            yield Violation(path, "encoding", "Unicode", ascii(value), text)
    elif value is not None and not isinstance(value, bool | int | float):
        kind = type(value).__name__
        text = f"is of type {kind}, which JSON does not have"
        yield Violation(path, "json", "a JSON value", repr(value), text)


_TOO_DEEP: Final = Violation(
    "", "json", "an event", "deep nesting", "is nested too deeply to be an event"
)

#: Reported if jsonschema-rs rejects a payload and jsonschema finds no reason.
_UNEXPLAINED: Final = Violation(
    "", "json", "a JSON value", "a value that jsonschema-rs refuses", "cannot be read as JSON"
)
