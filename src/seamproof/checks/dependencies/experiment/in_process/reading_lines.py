"""
The lines of a handler in this process that read the properties of an event, where it parses itself.

JSON objects that are an event become mappings that record who reads them. A model that reads every
property is left out: only a read by the handler's own code counts.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.dependencies.experiment.preparation import Trial
from seamproof.checks.dependencies.experiment.variants import OTHER
from seamproof.checks.targets.tracebacks import is_user_code, relative_to
from seamproof.json_pointer import ANY, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seamproof.checks.dependencies.experiment.preparation import PreparedType
    from seamproof.checks.dependencies.experiment.trials import TrialRunner
    from seamproof.checks.dependencies.uses import TypeUse

#: Events of a type that are delivered to see the lines that read them.
_READING: Final = 24
#: By which an object is recognised as an event.
_NAMES: Final = frozenset({"event_id", "event_type"})
#: Frames from the code that reads to the one that looks for it.
_READER: Final = 3


def with_places(runner: TrialRunner, use: TypeUse, prepared: PreparedType, root: Path) -> TypeUse:
    """
    Find the lines that read the properties that are used, as far as they can be seen.

    Args:
        runner: Delivers the trials.
        use: What is used of an event type.
        prepared: What is sent of it.
        root: The directory that places are relative to.
    """
    used = {one.pointer for one in use.used}
    variants = [
        one for pointer in sorted(used) for one in prepared.variants[pointer] if one.kind in OTHER
    ]
    trials = [Trial(prepared.plain, one) for one in ((), *((one,) for one in variants))]
    reads: dict[str, str] = {}
    for trial in trials[:_READING]:
        if used <= reads.keys():
            break
        with recorded_reads(root) as found:
            runner.send_only(trial)
        reads = found | reads
    properties = (
        replace(one, place=reads.get(one.pointer, "")) if one.is_used else one
        for one in use.properties
    )
    return replace(use, properties=tuple(properties))


class RecordingMapping(dict[str, Any]):
    """
    A JSON object that records who reads its members.

    Attributes:
        pointer: Of the object in the event.
        record: Is called with the pointer of a member that is read; None records nothing.
    """

    pointer = ""
    record: Callable[[str], None] | None = None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
        """
        Read a member.
        """
        self._note(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:  # noqa: ANN401 - any JSON value
        """
        Remove a member.
        """
        self._note(name)
        return super().pop(name, *default)

    def _note(self, name: object) -> None:
        if self.record is not None and isinstance(name, str):
            self.record(f"{self.pointer}/{escape(name)}")


@contextmanager
def recorded_reads(root: Path) -> Iterator[dict[str, str]]:
    """
    Record the reads of events while the block lasts.

    Args:
        root: The directory that places are relative to.

    Yields:
        By pointer, `file:line` of the first read; is filled meanwhile.
    """
    found: dict[str, str] = {}
    is_active = True

    def record(pointer: str) -> None:
        frame = sys._getframe(_READER)  # noqa: SLF001 - what the traceback module does
        if is_active and pointer not in found and is_user_code(frame.f_code.co_filename):
            place = relative_to(frame.f_code.co_filename, root)
            found[pointer] = f"{place}:{frame.f_lineno}"

    original = json.JSONDecoder.decode

    def decode(self: json.JSONDecoder, text: str, *rest: Any) -> Any:  # noqa: ANN401 - any value
        value = original(self, text, *rest)
        is_event = isinstance(value, dict) and value.keys() >= _NAMES
        return _recording(value, "", record) if is_event else value

    json.JSONDecoder.decode = decode  # type: ignore[assignment,method-assign]
    try:
        yield found
    finally:
        is_active = False
        json.JSONDecoder.decode = original  # type: ignore[method-assign]


def _recording(value: Any, pointer: str, record: Callable[[str], None]) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_recording(one, f"{pointer}/{ANY}", record) for one in value]
    if not isinstance(value, dict):
        return value
    recording = RecordingMapping(
        (name, _recording(one, f"{pointer}/{escape(name)}", record)) for name, one in value.items()
    )
    recording.pointer, recording.record = pointer, record
    return recording
