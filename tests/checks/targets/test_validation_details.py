"""
Tests of the errors that validation libraries list.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import pytest
from jsonschema import Draft202012Validator, ValidationError
from pydantic import BaseModel

from seamproof.checks.targets.validation_details import validation_details


class Model(BaseModel, extra="forbid"):
    """
    A model of two properties.
    """

    level: int
    method: Literal["a", "b"]


def raised_by(payload: dict[str, object]) -> BaseException:
    """
    Validate a payload that is wrong.
    """
    with pytest.raises(ValueError, match="validation error") as caught:
        Model.model_validate(payload)
    return caught.value


def test_each_error_of_a_model_is_listed() -> None:
    """
    One exception has several reasons.
    """
    found = validation_details(raised_by({"level": 0.5, "method": "c", "new": 1}))

    assert found == ("level: int_from_float", "method: literal_error", "new: extra_forbidden")


def test_the_cause_of_an_exception_is_read_as_well() -> None:
    """
    A handler wraps the exception of the library in one of its own.
    """
    own = RuntimeError("invalid event")
    own.__cause__ = raised_by({"level": 1, "method": "c"})

    assert validation_details(own) == ("method: literal_error",)


def test_errors_of_other_libraries_are_recognised_by_their_form() -> None:
    """
    Jsonschema has a keyword and a path; marshmallow, Django and others map names to messages.
    """
    schema = {"properties": {"level": {"type": "integer"}}, "required": ["method"]}
    errors = sorted(Draft202012Validator(schema).iter_errors({"level": "1"}), key=str)
    found = [validation_details(one) for one in errors]

    class ByProperty(Exception):
        messages: ClassVar = {"method": ["Must be one of: a, b."], "nested": {"code": ["Missing."]}}

    assert all(isinstance(one, ValidationError) for one in errors)
    assert ("level: type",) in found
    assert (": required: 'method' is a required property",) in found
    assert validation_details(ByProperty()) == (
        "method: Must be one of: a, b.",
        "nested.code: Missing.",
    )
    group = ExceptionGroup("two", [KeyError("a"), ValueError("b")])
    assert validation_details(group) == ("KeyError: 'a'", "ValueError: b")


def test_other_exceptions_have_no_details() -> None:
    """
    An exception with attributes that raise has none either.
    """

    class Hostile(Exception):
        @property
        def errors(self) -> object:
            raise RuntimeError

    assert validation_details(KeyError("a")) == ()
    assert validation_details(Hostile()) == ()
