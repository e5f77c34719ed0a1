"""
Reads recorded events from JSON, answers of Seam's API, HAR files, and exports of other tools.

ngrok's export is the answer of its agent to `/api/requests/http`; Hookdeck's is one event of its
API, or a page of them.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Final

from seamproof.events import Event
from seamproof.recordings.sources.captured_requests import BodyMissing, raw_body, text_body
from seamproof.recordings.sources.recording import NoEvent, Recording
from seamproof.schemas.payload_files import SUFFIXES, read_payloads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO, TypeAlias

    from seamproof.json_types import Json

    Found: TypeAlias = "Recording | NoEvent"

#: Suffixes of the files that are read in a directory.
RECORDING_SUFFIXES: Final = (*SUFFIXES, ".har")

#: How deep a body may be within bodies: an answer within a HAR file, an event within the answer.
_DEEPEST: Final = 4
_NO_EVENT: Final = "it is no event: it has no event_type"
_NO_DATA: Final = "its body is not in the file: export the event with its data"


def read_recordings(stream: BinaryIO, *, one_a_line: bool = False) -> Iterator[Found]:
    """
    Read the events of a file, and what is none.

    Args:
        stream: The file, opened in binary mode.
        one_a_line: Read the file as NDJSON without looking at the first lines.
    """
    yield from _read(stream, 0, one_a_line=one_a_line)


def _read(stream: BinaryIO, depth: int, *, one_a_line: bool = False) -> Iterator[Found]:
    for item in read_payloads(stream, one_a_line=one_a_line):
        where = f"line {item.line}"
        fatal = next((flaw for flaw in item.flaws if flaw.rule != "duplicate_key"), None)
        if fatal is not None:
            yield NoEvent(where, f"it is not JSON: {fatal.message}")
        else:
            yield from _unpack(item.payload, item.body, where, depth)


def _unpack(value: Json, body: bytes | None, where: str, depth: int) -> Iterator[Found]:
    """
    Find the events in a value.

    Args:
        value: What a file or a body contains.
        body: Its text, if that is known.
        where: Its place in the file.
        depth: In how many bodies it is.
    """
    match value:
        case {"event_type": str()}:
            yield Recording(value, Event.of(value).body if body is None else body)
        case (
            {"log": {"entries": [*several]}}
            | {"requests": [*several]}
            | {"models": [*several]}
            | {"events": [*several]}
            | [*several]
        ):
            for number, one in enumerate(several, start=1):
                yield from _unpack(one, None, f"{where}, entry {number}", depth)
        case {"request": {"raw": raw}}:
            yield from _first_with_events([partial(raw_body, raw)], where, depth)
        case {"request": dict(request)}:
            answer = value.get("response")
            content = answer.get("content") if isinstance(answer, dict) else None
            bodies = [request.get("postData"), content]
            readers = [partial(text_body, one) for one in bodies if one]
            yield from _first_with_events(readers, where, depth)
        case {"data": {"body": str(text)}}:
            readers = [partial(str.encode, text, errors="surrogatepass")]
            yield from _first_with_events(readers, where, depth)
        case {"data": {"body": dict(inner) | list(inner)}} | {"event": dict(inner)}:
            yield from _unpack(inner, None, where, depth)
        case {"data": dict()} | {"event_data_id": str()}:
            yield NoEvent(where, _NO_DATA)
        case _:
            yield NoEvent(where, _NO_EVENT)


def _first_with_events(
    readers: Iterable[Callable[[], bytes]], where: str, depth: int
) -> Iterator[Found]:
    """
    Read the first of several bodies that contains an event, or say why none does.
    """
    missing, reasons = "it has no body", list[str]()
    for read in readers if depth < _DEEPEST else ():
        try:
            found = [*_read(BytesIO(read()), depth + 1)]
        except BodyMissing as problem:
            missing = str(problem)
            continue
        if any(isinstance(one, Recording) for one in found):
            for one in found:
                yield one if isinstance(one, Recording) else NoEvent(where, one.reason)
            return
        reasons += [one.reason for one in found if isinstance(one, NoEvent)]
    yield NoEvent(where, next(iter(reasons), missing))
