"""
Tests of the errors.
"""

from __future__ import annotations

import pytest

from seamproof import errors
from seamproof.errors import SeamproofError, UnknownEventType, UnknownProperty
from seamproof.schemas import PayloadInvalid, Violation

FAMILY = [
    member
    for member in vars(errors).values()
    if isinstance(member, type) and issubclass(member, SeamproofError)
]


@pytest.mark.parametrize("error", [*FAMILY, PayloadInvalid])
def test_every_error_is_of_one_family(error: type[SeamproofError]) -> None:
    """
    Each is a `SeamproofError`, and each has an exit status.
    """
    expected = {"TargetUnreachable": 3, "PayloadInvalid": 1}

    assert issubclass(error, SeamproofError)
    assert error.exit_status == expected.get(error.__name__, 2)


def test_the_family_is_not_empty() -> None:
    """
    The errors that the documentation names are all there.
    """
    assert {error.__name__ for error in FAMILY} >= {
        "SeamproofError",
        "UsageError",
        "SourceInvalid",
        "CatalogueInvalid",
        "UnknownEventType",
        "UnknownProperty",
        "SecretInvalid",
        "RemoteTarget",
        "TargetUnreachable",
    }


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({}, "it does not do"),
        ({"where": "a.json:3"}, "a.json:3: it does not do"),
        ({"found": "seven"}, "it does not do\n  found: seven"),
        (
            {"where": "--count", "expected": "a number", "found": "seven", "cure": "count"},
            "--count: it does not do\n  expected: a number\n  found: seven\n  cure: count",
        ),
    ],
)
def test_an_error_says_what_where_and_how_to_cure_it(details: dict[str, str], text: str) -> None:
    """
    One line says what and where; expected, found and cure have a line each.
    """
    assert str(SeamproofError("it does not do", **details)) == text


@pytest.mark.parametrize("details", ["where", "expected", "found", "cure"])
def test_an_error_carries_data(details: str) -> None:
    """
    Each part is an attribute, which is empty if it was not given.
    """
    error = SeamproofError("it does not do", **{details: "something"})

    parts = {name: getattr(error, name) for name in ("where", "expected", "found", "cure")}
    assert parts == {**dict.fromkeys(parts, ""), details: "something"}


@pytest.mark.parametrize(
    ("nearest", "cure"),
    [
        ((), "`seamproof schemas list` shows all of them"),
        (("a.b",), "did you mean a.b?"),
        (["a.b", "a.c"], "did you mean a.b or a.c?"),
    ],
)
def test_an_unknown_event_type_comes_with_the_nearest(nearest: list[str], cure: str) -> None:
    """
    The cure suggests known names, and the names can be read from the error.
    """
    error = UnknownEventType("a.d", nearest)

    assert str(error) == f"no event type is called 'a.d'\n  cure: {cure}"
    assert (error.event_type, error.nearest) == ("a.d", tuple(nearest))


@pytest.mark.parametrize("error", [UnknownEventType("a.b"), UnknownProperty("there is no a.b")])
def test_an_unknown_name_is_a_key_error_that_reads_like_a_sentence(error: KeyError) -> None:
    """
    A plain KeyError shows the `repr` of its message; these keep their words.
    """
    assert isinstance(error, KeyError)
    assert not str(error).startswith(("'", '"'))


def test_a_payload_that_breaks_the_contract_lists_how() -> None:
    """
    Each violation is a line, and each can be read from the error.
    """
    broken = (
        Violation("", "type", "object", 3, "must be an object, found 3"),
        Violation("/event_id", "required", "present", "absent", "is missing"),
    )

    error = PayloadInvalid(broken, "acs_credential.issued")

    assert error.violations == broken
    assert error.event_type == "acs_credential.issued"
    assert isinstance(error, ValueError)
    assert str(error).splitlines() == [
        "acs_credential.issued breaks the contract in 2 violations:",
        "  (payload) must be an object, found 3",
        "  /event_id is missing",
    ]
