"""
Tests of the report as SARIF: valid by its schema, and complete.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seamproof.checks.reporting.formats.as_sarif import as_sarif
from seamproof.checks.reporting.identity import identified_failures
from tests.checks.reported import REPORT, nasty, view_of

#: The members that the standard requires or limits, of those that a report has
#: (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).
MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
RESULT = {
    "type": "object",
    "required": ["message"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": -1},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": {"type": "array", "items": {"$ref": "#/$defs/location"}},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind"],
                "properties": {
                    "kind": {"enum": ["inSource", "external"]},
                    "justification": {"type": "string"},
                },
                "additionalProperties": False,
            },
        },
        "properties": {"type": "object"},
    },
    "additionalProperties": False,
}
SCHEMA = {
    "$defs": {
        "location": {
            "type": "object",
            "properties": {
                "physicalLocation": {
                    "type": "object",
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {
                            "type": "object",
                            "properties": {"uri": {"type": "string", "format": "uri-reference"}},
                            "additionalProperties": False,
                        },
                        "region": {
                            "type": "object",
                            "properties": {"startLine": {"type": "integer", "minimum": 1}},
                            "additionalProperties": False,
                        },
                    },
                    "additionalProperties": False,
                }
            },
            "additionalProperties": False,
        }
    },
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "rules": {"type": "array", "uniqueItems": True},
                                },
                            }
                        },
                    },
                    "invocations": {
                        "type": "array",
                        "items": {"type": "object", "required": ["executionSuccessful"]},
                    },
                    "results": {"type": "array", "items": RESULT},
                    "properties": {"type": "object"},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def sarif(*results: Any, **given: Any) -> dict[str, Any]:
    """
    Read the one run of a report, which is valid.
    """
    jsonschema = pytest.importorskip("jsonschema")
    read = json.loads(as_sarif(view_of(*results, **given), Path.cwd()))
    jsonschema.Draft202012Validator(SCHEMA).validate(read)
    (run,) = read["runs"]
    assert isinstance(run, dict)
    return run


def test_each_cause_is_a_result_of_a_rule() -> None:
    """
    At the line of the exception; the fingerprint is the id of the case.
    """
    run = sarif()

    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == [one.check.id for one in REPORT.results]
    crash, stale, large = run["results"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [
        one["ruleId"] for one in run["results"]
    ]
    place = crash["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("app.py", 12)
    assert (crash["level"], stale["level"], large["level"]) == ("error", "error", "warning")
    assert crash["partialFingerprints"]["seamproofCase/v1"].startswith("payload.nulls-")
    assert len(crash["properties"]["cases"]) == 2
    (undecided,) = run["invocations"][0]["toolExecutionNotifications"]
    assert undecided["message"]["text"] == "delivery.duplicate: give --state"


def test_without_an_exception_the_handlers_module_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Code scanning shows no result without a place.
    """
    monkeypatch.chdir(tmp_path)
    Path("app.py").touch()

    _, stale, _ = sarif()["results"]

    place = stale["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("app.py", 1)


def test_known_failures_are_suppressed() -> None:
    """
    Code scanning closes their alerts.
    """
    known = frozenset(name for _, _, name in identified_failures(view_of().report))

    assert all(one["suppressions"] for one in sarif(known=known)["results"])
    assert not any("suppressions" in one for one in sarif()["results"])


def test_any_text_of_a_handler_can_be_encoded() -> None:
    """
    The file is UTF-8.
    """
    assert as_sarif(view_of(nasty()), Path.cwd()).encode("utf-8")
    assert sarif(nasty(), stopped="gone")["invocations"][0]["executionSuccessful"] is False
