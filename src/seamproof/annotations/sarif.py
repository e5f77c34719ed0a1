"""
SARIF 2.1.0, for code scanning (https://docs.oasis-open.org/sarif/sarif/v2.1.0/).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from seamproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seamproof.json_types import JsonObject

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


class SarifRule(NamedTuple):
    """
    A rule or check that has results.

    Attributes:
        id: Stable.
        title: In one line.
        why: Why it matters.
        help: How to fix it, and where the rule is written.
        level: `error` or `warning`.
    """

    id: str
    title: str
    why: str
    help: str
    level: str


def sarif_location(file: str, line: int, column: int | None = None) -> JsonObject:
    """
    Write a place in a file, whose path is relative to the repository.
    """
    region = {"startLine": line} | ({"startColumn": column} if column else {})
    artifact = {"uri": quote(file)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


def sarif_document(rules: Sequence[SarifRule], run: JsonObject) -> str:
    """
    Write a document of one run.

    Args:
        rules: Those that were tried, in the order to which `ruleIndex` refers.
        run: Its results, invocations and properties.
    """
    driver = {
        "name": "seamproof",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [
            {
                "id": rule.id,
                "shortDescription": {"text": rule.title},
                "fullDescription": {"text": rule.why},
                "help": {"text": rule.help},
                "defaultConfiguration": {"level": rule.level},
            }
            for rule in rules
        ],
    }
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, **run}],
    }
    return json.dumps(document, indent=2) + "\n"
