"""
What a detector reads, and what it reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from seamproof.lint.contract import EventTypes
    from seamproof.lint.files.evidence import Evidence
    from seamproof.lint.source.assignments import Assignment
    from seamproof.lint.source.tokens import SourceCode
    from seamproof.lint.source.type_literals import TypeLiteral
    from seamproof.schemas import Catalogue

_TEST_FOLDERS: Final = frozenset(
    (
        *(
            "test",
            "tests",
            "__tests__",
            "spec",
            "specs",
            "__mocks__",
            "testdata",
            "fixtures",
            "e2e",
        ),
        *("mocks", "cypress", "testing"),
    )
)
_TEST_NAME: Final = re.compile(
    r"^(test_|tests?\.|conftest\.)|[._-](test|tests|spec|stories)\.\w+$|(Test|Tests|Spec)\.\w+$"
)


@dataclass(frozen=True, slots=True)
class Detected:
    """
    A mistake in a source.

    Attributes:
        rule: The id of the rule.
        at: The character at which it is.
        message: What is wrong.
        fix: What to write instead; empty where it is the cure of the rule.
    """

    rule: str
    at: int
    message: str
    fix: str = ""


@dataclass(frozen=True)
class Inspected:
    """
    A source, with what is known of it.

    Attributes:
        source: Its tokens.
        is_test: Whether it is a test, or made for tests.
        evidence: Whether it shows Seam, or the project that it is in.
        types: The event types of the contract.
        catalogue: The contract.
        assignments: Its assignments.
        literals: Its literals that may be event types.
        made: The event types that the project makes events of.
    """

    source: SourceCode
    is_test: bool
    evidence: Evidence
    types: EventTypes
    catalogue: Catalogue
    assignments: tuple[Assignment, ...]
    literals: tuple[TypeLiteral, ...]
    made: frozenset[str]


def is_test(path: str) -> bool:
    """
    Whether a file is a test, or made for tests, by its path.
    """
    *folders, name = path.replace("\\", "/").split("/")
    return bool(_TEST_NAME.search(name)) or any(one.lower() in _TEST_FOLDERS for one in folders)
