"""
JSON documents in the database: endpoints and requested faults.
"""

from __future__ import annotations

import json
from dataclasses import astuple
from types import MappingProxyType
from typing import TYPE_CHECKING

from seamproof.json_types import parse_json
from seamproof.mock_server.model.records import Endpoint, FaultSpec, Health, OldSecret
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seamproof.json_types import Json


def encode_endpoint(endpoint: Endpoint) -> str:
    """
    Encode an endpoint as JSON, with its secrets in plain text.
    """
    return json.dumps(
        {
            "webhook_id": endpoint.webhook_id,
            "url": endpoint.url,
            "event_types": endpoint.event_types,
            "secret": endpoint.secret.reveal(),
            "old_secrets": [(old.secret.reveal(), old.until) for old in endpoint.old_secrets],
            "created_at": endpoint.created_at,
            "headers": dict(endpoint.headers),
            "faults": [astuple(fault) for fault in endpoint.faults],
            "disabled": endpoint.disabled,
            "failures": endpoint.health.failures,
            "since": endpoint.health.since,
        }
    )


def decode_endpoint(document: str) -> Endpoint:
    """
    Decode an endpoint from JSON.
    """
    read = parse_json(document)
    return Endpoint(
        webhook_id=read["webhook_id"],
        url=read["url"],
        event_types=tuple(read["event_types"]),
        secret=Secret(read["secret"]),
        old_secrets=tuple(OldSecret(Secret(text), until) for text, until in read["old_secrets"]),
        created_at=read["created_at"],
        headers=MappingProxyType(read["headers"]),
        faults=_fault_specs(read["faults"]),
        disabled=read["disabled"],
        health=Health(tuple(read["failures"]), read["since"]),
    )


def encode_faults(faults: Sequence[FaultSpec]) -> str:
    """
    Encode the faults of a message as JSON; no faults as an empty text.
    """
    return json.dumps([astuple(fault) for fault in faults]) if faults else ""


def decode_faults(document: str) -> tuple[FaultSpec, ...]:
    """
    Decode the faults of a message.
    """
    return _fault_specs(parse_json(document)) if document else ()


def _fault_specs(lists: Iterable[Sequence[Json]]) -> tuple[FaultSpec, ...]:
    return tuple(FaultSpec(*one) for one in lists)
