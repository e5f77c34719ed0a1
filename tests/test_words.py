"""
Tests of the words: names, docstrings, comments, messages and pages use the terms of the field.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]

#: What is not written, and what is written instead.
REPLACED: Final = {
    r"tell|tells|told|telling": "report, show, say, state",
    r"alike": "the same, equivalent, reproducible",
    r"befall\w*|befell": "happen, apply to",
    r"overhear\w*": "record, listener",
    r"survey\w*": "calibrate, calibration",
    r"specimens?": "event source, sample",
    r"strangers?": "unknown events",
    r"breaches": "invalid events, violations",
    r"alterations?": "mutation",
    r"lanes?": "endpoint queue",
    r"wish|wishes|wished": "option, request",
    r"manieth": "the number of",
    r"turned away": "rejected",
    r"listened to": "accepted, authentic",
    r"taken for": "recognised as",
    r"whatever becomes": "regardless of",
    r"comes? twice|came twice": "duplicate, redelivery",
    r"the second of two": "the duplicate, the redelivery",
    r"put in front": "delivered out of order",
    r"spell|spells|spelled|spelt|spelling": "encode, serialise",
    r"of one's own|one's own": "your own, custom",
    r"mended|mend|mending": "fix",
    r"flights": "attempts, requests",
    r"who may speak": "authorisation, access",
    r"what moved": "state changes",
}
PATTERN: Final = re.compile(rf"\b({'|'.join(REPLACED)})\b", re.IGNORECASE)

SOURCES: Final = [
    *sorted((ROOT / "src").rglob("*.py")),
    *sorted((ROOT / "examples").rglob("*.py")),
    *sorted((ROOT / "benchmarks").glob("*.py")),
    ROOT / "action.yml",
    ROOT / ".pre-commit-hooks.yaml",
]
PAGES: Final = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]


def found_in(text: str) -> list[str]:
    """
    List the lines with a replaced word; the parts of a name are words as well.
    """
    words = text.replace("_", " ")
    lines = zip(text.splitlines(), words.splitlines(), strict=True)
    return [line.strip() for line, looked_at in lines if PATTERN.search(looked_at)]


@pytest.mark.parametrize("files", [SOURCES, PAGES], ids=["source", "pages"])
def test_the_words_of_the_field_are_used(files: list[Path]) -> None:
    """
    No name, docstring, comment, message or page has a word of a private vocabulary.
    """
    found = {
        f"{file.relative_to(ROOT)}: {line}"
        for file in files
        for line in found_in(file.read_text(encoding="utf-8"))
    }

    assert sorted(found) == []


@pytest.mark.parametrize("text", ["def _told():", "A handler is TOLD twice.", "lane = lanes[0]"])
def test_a_replaced_word_is_found(text: str) -> None:
    """
    Names, sentences and capitals are all read.
    """
    assert found_in(text) == [text]


def test_a_part_of_a_longer_word_is_no_such_word() -> None:
    """
    Words are read whole.
    """
    assert found_in("untold stories of intelligence, planes") == []
