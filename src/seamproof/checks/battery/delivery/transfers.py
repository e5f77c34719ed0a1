"""
Transfer checks: a body that arrives in several parts, without its length, or as base64.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.results import Inconclusive, Skipped
from seamproof.checks.probe.findings import ACCEPTED, failure_of
from seamproof.json_pointer import replaced
from seamproof.schemas.payload_mutations import text_paths
from seamproof.statuses import LENGTH_REQUIRED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.exchange import Received, Request, Transfer
    from seamproof.checks.model.results import Finding
    from seamproof.checks.probe.probe import Probe
    from seamproof.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class BodyTransfer:
    """
    A way to transfer a body.

    Attributes:
        transfer: Its name.
        words: Describe it.
        needs_length: Whether a server may demand the length that it lacks.
        needs_letter: Whether the event has a letter of several bytes.
    """

    transfer: Transfer
    words: str
    needs_length: bool = False
    needs_letter: bool = False


_SPLIT: Final = (
    BodyTransfer("two segments", "a body in two TCP segments"),
    BodyTransfer("three segments", "a body in three TCP segments"),
    BodyTransfer(
        "divided letter", "a body in two TCP segments that divide a letter", needs_letter=True
    ),
    BodyTransfer("chunked", "a body in chunks, without Content-Length", needs_length=True),
)
_ENCODED: Final = (BodyTransfer("base64", "a body in base64, with isBase64Encoded"),)

_NOT_ACCEPTED: Final = "a whole body is not accepted any more, either"
_NO_LETTER: Final = "letters beyond ASCII are not accepted: payload.unicode reports it"
#: The servers of Python's standard library, which know no chunks, by their header `Server`.
_SERVERS_WITHOUT_CHUNKS: Final = ("BaseHTTP/", "WSGIServer/", "SimpleHTTP/")


def _transferred(
    rows: tuple[BodyTransfer, ...], otherwise: str
) -> Callable[[Probe], Iterator[Finding]]:
    """
    Make a check that a small body is accepted in each transfer; the first failure is reported.

    Args:
        rows: The transfers.
        otherwise: Why the check is skipped where the target knows none of them.
    """

    def run(probe: Probe) -> Iterator[Finding]:
        known = getattr(probe.target, "transfers", ())
        if not any(row.transfer in known for row in rows):
            yield Skipped(reason=otherwise)
        for row in rows:
            event = _with_letter(probe) if row.needs_letter else probe.plain()
            if row.transfer not in known or event is None:
                continue
            request = replace(probe.signed(event), transfer=row.transfer)
            if row.needs_length:
                # A server that leaves the body unread would parse it as the next request.
                request = replace(request, headers=(*request.headers, ("connection", "close")))
            received = probe.send(request)
            if probe.is_accepted(received):
                continue
            _, whole = probe.deliver(probe.events.fresh(event))
            if not probe.is_accepted(whole):
                yield Inconclusive(reason=_NO_LETTER if row.needs_letter else _NOT_ACCEPTED)
            elif row.needs_length and _lacks_length(probe, request, received, whole):
                continue
            else:
                yield failure_of(request, received, f"{ACCEPTED}: {row.words}", context=row.words)
            return

    return run


def _with_letter(probe: Probe) -> JsonObject | None:
    """
    Make a plain event with a letter beyond ASCII in a text; None if it cannot have one.
    """
    event = probe.plain()
    schema = probe.events.catalogue.get(probe.default_type)
    paths = text_paths(schema.document, event) if schema else ()
    if not paths or probe.encoding.ascii_only:
        return None
    copied: JsonObject = replaced(event, paths[0], "Zoë")
    return copied


def _lacks_length(probe: Probe, request: Request, received: Received, whole: Received) -> bool:
    """
    Whether a server demands the length of a body, or takes a body without it for an empty one.

    RFC 9112 wants servers to know chunks; WSGI has no place for them. Seam sends the length.
    """
    server = whole.headers.get("server", "")
    if received.status == LENGTH_REQUIRED or server.startswith(_SERVERS_WITHOUT_CHUNKS):
        return True
    empty = probe.send(replace(request, body=b"", transfer="whole"))
    return received.is_rejected and (received.status, received.body) == (empty.status, empty.body)


split_body: Final = _transferred(
    _SPLIT, "the whole body is handed to this target: give the URL of its server to check this"
)
base64_body: Final = _transferred(_ENCODED, "only a Lambda function gets a body in base64")
