"""
The Seam API that a handler calls during a run: a mock server, whose records follow the events.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from yarl import URL

from seamproof.checks.generation.encoding import event_in
from seamproof.checks.generation.renewal import is_blank_id
from seamproof.environment import ENDPOINT_VARIABLE
from seamproof.errors import OPTION, UsageError
from seamproof.formats import TIME
from seamproof.mock_server import MockServer
from seamproof.mock_server.world.events.observation import observe
from seamproof.mock_server.world.events.removal import remove
from seamproof.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from seamproof.checks.model.exchange import Request
    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.model.call_log import ApiCall
    from seamproof.mock_server.world.turn import Turn

#: Where Seam's SDKs look for the key of the API, and what is there for the time of a run.
_KEY_VARIABLE: Final = "SEAM_API_KEY"
_KEY: Final = "seam_test_key_of_the_mock_server"
#: Event types after which a call for the record finds nothing.
_ENDS: Final = re.compile(r"deleted|removed|deactivated|unmanaged")
_LOOPBACK: Final = frozenset(("127.0.0.1", "localhost", "::1"))


class SeamApi:
    """
    The records that the handler can ask for, and the calls that it has made.

    Args:
        server: Answers the calls.
    """

    def __init__(self, server: MockServer) -> None:
        self._server = server
        #: By id of a record, when the newest event about it occurred, in seconds since the epoch.
        self._newest: dict[str, float] = {}
        #: By id in an event, the type of the last event with it.
        self._types: dict[str, str] = {}
        self._callers: dict[str, set[str]] = {}
        self._read = 0
        self._removed: frozenset[str] = frozenset()

    @property
    def url(self) -> str:
        """
        Where it listens.
        """
        return self._server.url

    @property
    def newest(self) -> float:
        """
        When the newest event occurred, in seconds since the epoch.
        """
        return max(self._newest.values(), default=0.0)

    @property
    def callers(self) -> Mapping[str, set[str]]:
        """
        By type of the events at which the handler made calls, the properties that it asked by.
        """
        for call in self.calls(self._read):
            self._read += 1
            for value, name in _values(call).items():
                if value in self._types:
                    self._callers.setdefault(self._types[value], set()).add(name)
        return self._callers

    def calls(self, first: int = 0) -> Sequence[ApiCall]:
        """
        List the calls that were made, from one on.
        """
        return self._server.calls[first:]

    def expect(self, requests: Iterable[Request]) -> None:
        """
        Bring the records up to date with the genuine events that are about to be sent.
        """
        for request in requests:
            event = None if request.is_forgery else event_in(request.body)
            if event is not None:
                self.follow(event)

    def follow(self, event: JsonMapping) -> None:
        """
        Bring the records up to date with an event, if none about them is newer.
        """
        ids, occurred = _ids_of(event), _moment(event)
        self._types.update(dict.fromkeys(ids.values(), str(event.get("event_type"))))
        if any(map(is_blank_id, ids.values())):
            # Examples of all types share an id that is a placeholder: its record stays.
            is_news = not _ENDS.search(str(event.get("event_type")))
        else:
            is_news = any(self._newest.get(one, -1) < occurred for one in ids.values())
        if is_news:
            self._newest.update(dict.fromkeys(ids.values(), occurred))
            self._server.world.edit(lambda turn: observe(turn.records, event, turn.time))
        for name, value in ids.items():
            if value in self._removed:
                self._server.world.edit(partial(_remove, kind=_kind(name), record_id=value))

    @contextmanager
    def without(self, event: JsonMapping, names: Iterable[str]) -> Iterator[None]:
        """
        Let the records that an event speaks of be gone by the time that it is sent.

        Args:
            event: The event.
            names: The properties that hold their ids.
        """
        ids = _ids_of(event)
        before, self._removed = self._removed, frozenset(ids[one] for one in names if one in ids)
        try:
            yield
        finally:
            self._removed = before

    def has_asked_for(self, event: JsonMapping, first: int = 0) -> bool:
        """
        Whether a call, from one on, names a record that an event speaks of.
        """
        ids = {*_ids_of(event).values()}
        return any(not ids.isdisjoint(_values(call)) for call in self.calls(first))

    def list_event(self, event: JsonMapping) -> None:
        """
        Let `/events/list` name an event, which is not delivered.
        """
        self.follow(event)
        self._server.emit(event=event)

    def fail(self, broken: bool, /) -> None:  # noqa: FBT001 - a switch, as that of `--break`
        """
        Answer all calls 500, or as usual again.
        """
        self._trouble("server_error", broken=broken)

    def hang(self, broken: bool, /) -> None:  # noqa: FBT001 - a switch, as that of `--break`
        """
        Answer all calls 500 after some seconds, or as usual again.
        """
        self._trouble("slow_error", broken=broken)

    def _trouble(self, name: str, *, broken: bool) -> None:
        world = self._server.world
        (world.trouble if broken else world.end_trouble)(name)


@contextmanager
def open_seam_api(
    world: str, variable: str = ENDPOINT_VARIABLE, *, target: object = None
) -> Iterator[SeamApi]:
    """
    Start a Seam API, and say in the environment where it is, until the block ends.

    Where the variable names a port of this machine already, the API listens there: the handler may
    be a process that was started with it.

    Args:
        world: The name of a world, or a file.
        variable: Where the handler looks for the URL of the API.
        target: The handler, where nothing starts it after this.

    Raises:
        UsageError: There is no such world, or a handler that runs already does not know the URL.
    """
    before = {name: os.environ.get(name) for name in (variable, _KEY_VARIABLE)}
    known = _port_in(before[variable])
    if known is None and is_url(target):
        what, expected = "the handler behind a URL does not know this Seam API", "a port for both"
        cure = (
            f"set {variable}=http://127.0.0.1:4010, for example, here and for the handler; or let "
            f"{OPTION} start it"
        )
        raise UsageError(what, where=variable, expected=expected, cure=cure, option="start")
    with MockServer(world=world, port=known or 0) as server:
        os.environ[variable] = server.url
        os.environ.setdefault(_KEY_VARIABLE, _KEY)
        try:
            yield SeamApi(server)
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _port_in(text: str | None) -> int | None:
    """
    Find the port, if a URL leads to this machine by HTTP and names one.
    """
    if not is_url(text):
        return None
    url = URL(str(text))
    return url.explicit_port if url.scheme == "http" and url.host in _LOOPBACK else None


def _ids_of(event: JsonMapping) -> dict[str, str]:
    """
    List the ids of the records that an event speaks of, by property.
    """
    return {
        name: value
        for name, value in event.items()
        if name.endswith("_id") and name not in ("event_id", "workspace_id")
        if isinstance(value, str)
    }


def _moment(event: JsonMapping) -> float:
    """
    Read when an event occurred; 0 if that is not in Seam's format.
    """
    text = event.get("occurred_at")
    is_time = isinstance(text, str) and TIME.fullmatch(text)
    return datetime.fromisoformat(str(text)).timestamp() if is_time else 0.0


def _values(call: ApiCall) -> dict[str, str]:
    """
    Name each text of a call's parameters by the property that it is an id of.
    """
    return {
        one: name.removesuffix("s")
        for name, value in call.parameters.items()
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, str)
    }


def _remove(turn: Turn, kind: str, record_id: str) -> None:
    record = turn.records.get(kind, record_id)
    if record is not None:
        remove(turn.records, record)


def _kind(name: str) -> str:
    return name.removesuffix("_id")
