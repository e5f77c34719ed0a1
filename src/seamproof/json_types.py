"""
Types of JSON: what `json.loads` returns, and what is read of it without looking further.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

#: Any JSON value. Its type is known when it is looked at and not before.
Json: TypeAlias = Any

#: A JSON object that may be changed.
JsonObject: TypeAlias = dict[str, Json]

#: A JSON object that is only read: an event, a schema.
JsonMapping: TypeAlias = Mapping[str, Json]
