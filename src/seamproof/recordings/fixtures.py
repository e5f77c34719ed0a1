"""
Writes recorded events as fixtures: a file for each event, which is never overwritten.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from seamproof.atomic_files import write_new
from seamproof.events import Event
from seamproof.schemas.payload_validation import claimed_type

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.json_types import JsonObject
    from seamproof.pseudonyms.pseudonymiser import Pseudonymiser

#: Event types and ids that can be part of a file's name on every system.
_SAFE: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]|\.(?=[a-z0-9])){0,99}")
_DIGEST: Final = 16
#: How many different events of one type and id get files.
_VERSIONS: Final = 100


@dataclass(frozen=True, slots=True)
class Fixture:
    """
    A file with an event.

    Attributes:
        path: The file.
        is_new: Whether it was written now; otherwise it had the same content already.
    """

    path: Path
    is_new: bool


class FixtureWriter:
    """
    Writes events into a directory.

    Args:
        directory: It is created with the first event.
        pseudonymiser: Replaces what identifies; None to write the bytes as they were received.
    """

    def __init__(self, directory: Path, pseudonymiser: Pseudonymiser | None) -> None:
        self.directory = directory
        self._pseudonymiser = pseudonymiser

    def write(self, payload: JsonObject, body: bytes) -> Fixture:
        """
        Write an event.

        Args:
            payload: The event.
            body: Its JSON text.

        Raises:
            OSError: The file cannot be written.
            ValueError: The event has values that JSON cannot represent.
        """
        if self._pseudonymiser is not None:
            event = Event.of(self._pseudonymiser.event(payload))
            payload, body = dict(event.payload), event.body
        content = body.strip() + b"\n"
        stem = _stem(payload, content)
        for version in range(1, _VERSIONS + 1):
            path = self.directory / f"{stem}{'' if version == 1 else f'-{version}'}.json"
            try:
                write_new(path, content)
            except FileExistsError:
                if path.read_bytes() == content:
                    return Fixture(path, is_new=False)
            else:
                return Fixture(path, is_new=True)
        message = f"there are {_VERSIONS} files of other events with this id"
        raise FileExistsError(17, message, str(path))


def _stem(payload: JsonObject, content: bytes) -> str:
    """
    Name a file after the type and the id of its event, as far as these can be names.
    """
    event_type, event_id = claimed_type(payload) or "", str(payload.get("event_id", "")).lower()
    kind = event_type if _SAFE.fullmatch(event_type) else "event"
    name = event_id if _SAFE.fullmatch(event_id) else sha256(content).hexdigest()[:_DIGEST]
    return f"{kind}-{name}"
