"""
Types of JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

#: Any JSON value, as `json.loads` returns it.
Json: TypeAlias = Any

#: A JSON object.
JsonObject: TypeAlias = dict[str, Json]

#: A JSON object that is only read.
JsonMapping: TypeAlias = Mapping[str, Json]
