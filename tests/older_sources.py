"""
Where published SDKs and validators of Seam are older than the contract.

`older_sources.json` has a row for each exception, with the version that explains it.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Final

from seamproof import json_pointer

#: From the source, such as `@seamapi/http 2.32.0`, to its exceptions.
EXCEPTIONS: Final[list[dict[str, str]]] = json.loads(
    Path(__file__).with_name("older_sources.json").read_text("utf-8")
)


def as_known_to(source: str, event: dict[str, Any]) -> dict[str, Any]:
    """
    Return an event without what an older source does not know.

    A row without a value is about a property, which is left out; another about a value, which is
    replaced by one that the source knows.
    """
    known = copy.deepcopy(event)
    for row in EXCEPTIONS:
        if (row["source"], row["event_type"]) != (source, event["event_type"]):
            continue
        path = json_pointer.parse(row["pointer"])
        try:
            found = json_pointer.get(known, path)
        except LookupError:
            continue
        if "value" not in row:
            del json_pointer.get(known, path[:-1])[path[-1]]
        elif found == row["value"]:
            json_pointer.assign(known, path, row["instead"])
    return known
