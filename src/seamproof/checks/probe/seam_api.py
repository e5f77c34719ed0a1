"""
The Seam API that a handler calls during a run: a mock server, whose records follow the events.
"""

from __future__ import annotations

import os
import re
from bisect import insort
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from yarl import URL

from seamproof.checks.generation.encoding import event_in
from seamproof.checks.generation.renewal import is_blank_id
from seamproof.environment import ENDPOINT_VARIABLE
from seamproof.errors import OPTION, TargetUnreachable, UsageError
from seamproof.mock_server import MockServer
from seamproof.mock_server.world.events.observation import observe
from seamproof.mock_server.world.events.removal import remove
from seamproof.mock_server.world.kinds import KIND_OF_ID
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
#: From how many events a record is derived at most, where one comes late.
_FOLLOWED: Final = 50
_LOOPBACK: Final = frozenset(("127.0.0.1", "localhost", "::1"))


class SeamApi:
    """
    The records that the handler can ask for, and the calls that it has made.

    Args:
        server: Answers the calls.

    Attributes:
        newest: When the newest event was created, in seconds since the epoch.
        calls_at_start: Those that the handler made before it was sent anything.
    """

    def __init__(self, server: MockServer) -> None:
        self._server = server
        self.newest = 0.0
        self.calls_at_start: Sequence[ApiCall] | None = None
        #: By id of a record, its events, each with when it occurred, in that order.
        self._events: dict[str, list[tuple[float, JsonMapping]]] = {}
        #: Ids of events that were followed, and of records that events have made.
        self._followed: set[str] = set()
        self._made: set[str] = set()
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
    def callers(self) -> Mapping[str, set[str]]:
        """
        By type of the events at which the handler made calls, the properties that it asked by.
        """
        self._attribute_calls()
        return self._callers

    def _attribute_calls(self) -> None:
        # A call that comes meanwhile is read again, not missed.
        count = self.call_count
        unread, self._read = self.calls(self._read), count
        for call in unread:
            for value, name in _values(call).items():
                if value in self._types:
                    self._callers.setdefault(self._types[value], set()).add(name)

    @property
    def call_count(self) -> int:
        """
        How many calls were made.
        """
        return self._server.call_log.count

    def calls(self, after: int = 0) -> Sequence[ApiCall]:
        """
        List the calls that were made after so many.
        """
        return self._server.call_log.since(after)

    def expect(self, requests: Iterable[Request]) -> None:
        """
        Bring the records up to date with the genuine events that are about to be sent.
        """
        if self.calls_at_start is None:
            self.calls_at_start = self.calls()
        # Events of one record share its id: calls belong to the one before.
        self._attribute_calls()
        for request in requests:
            event = None if request.is_forgery else event_in(request.body)
            if event is not None and isinstance(event.get("event_type"), str):
                self.follow(event)

    def follow(self, event: JsonMapping) -> None:
        """
        Bring the records up to date with an event: as if all events had come in order.
        """
        ids, event_type = _ids_of(event), str(event["event_type"])
        if str(event.get("event_id")) not in self._followed:
            self._followed.add(str(event.get("event_id")))
            self._types.update(dict.fromkeys(ids.values(), event_type))
            # Examples of all types share an id that is a placeholder: its record stays.
            if not any(map(is_blank_id, ids.values())):
                self._server.world.edit(partial(self._derive, event=event, ids=ids))
            elif not _ENDS.search(event_type):
                self._server.world.edit(lambda turn: observe(turn.records, event, turn.time))
        for name, value in ids.items():
            if value in self._removed:
                self._server.world.edit(partial(_remove, kind=KIND_OF_ID[name], record_id=value))

    def _derive(self, turn: Turn, event: JsonMapping, ids: Mapping[str, str]) -> None:
        """
        Derive records from an event; from all of their events, if there are newer ones.
        """
        occurred = _moment(event)
        self.newest = max(self.newest, occurred, _moment(event, "created_at"))
        events, is_late = [(occurred, event)], False
        for one in ids.values():
            known = self._events.setdefault(one, [])
            is_late |= bool(known) and known[-1][0] > occurred
            insort(known, (occurred, event), key=itemgetter(0))
        if is_late:
            every = {id(e): (at, e) for one in ids.values() for at, e in self._events[one]}
            events = sorted(every.values(), key=itemgetter(0))[-_FOLLOWED:]
        for name, value in ids.items():
            record = turn.records.get(KIND_OF_ID[name], value)
            if record is None:
                self._made.add(value)
            elif is_late and value in self._made:
                turn.records.remove(record)
        for _, one_event in events:
            observe(turn.records, one_event, turn.time)

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

    def has_asked_for(self, event: JsonMapping, after: int = 0) -> bool:
        """
        Whether a call, after so many, names a record that an event speaks of.
        """
        ids = {*_ids_of(event).values()}
        return any(not ids.isdisjoint(_values(call)) for call in self.calls(after))

    def list_event(self, event: JsonMapping) -> None:
        """
        Let `/events/list` name an event.
        """
        self.follow(event)
        self._server.emit(event=event)

    def list_others(self, events: Iterable[JsonMapping]) -> None:
        """
        Let `/events/list` name events of which no record is asked for.
        """
        for event in events:
            self.newest = max(self.newest, _moment(event, "created_at"))
            self._server.emit(event=event)

    def cancel_later(self) -> None:
        """
        Let the world cause no events of its own: nobody would deliver them.
        """
        self._server.world.cancel_later()

    def fail(self, broken: bool, /) -> None:  # noqa: FBT001 - a switch, as that of `--break`
        """
        Answer all calls 500, or as usual again.
        """
        self._trouble("server_error", broken=broken)

    def fail_lists(self, broken: bool, /) -> None:  # noqa: FBT001 - a switch, as that of `--break`
        """
        Answer calls of `/events/list` 500, or as usual again.
        """
        self._trouble("server_error", broken=broken, path="/events/list")

    def hang(self, broken: bool, /) -> None:  # noqa: FBT001 - a switch, as that of `--break`
        """
        Answer all calls 500 after some seconds, or as usual again.
        """
        self._trouble("slow_error", broken=broken)

    def _trouble(self, name: str, *, broken: bool, path: str = "*") -> None:
        world = self._server.world
        if broken:
            world.trouble(name, path=path)
        else:
            world.end_trouble(name)


@contextmanager
def open_seam_api(
    world: str, variable: str = ENDPOINT_VARIABLE, *, target: object = None
) -> Iterator[SeamApi]:
    """
    Start a Seam API, and say in the environment where it is, until the block ends.

    For a handler that runs behind a URL the variable has to name a port of this machine: it was
    started with the same, and the API listens there.

    Args:
        world: The name of a world, or a file.
        variable: Where the handler looks for the URL of the API.
        target: The handler, where nothing starts it after this.

    Raises:
        UsageError: There is no such world, or a handler that runs already does not know the URL.
        TargetUnreachable: Something else listens at the port.
    """
    before = {name: os.environ.get(name) for name in (variable, _KEY_VARIABLE)}
    known = _port_in(before[variable]) if is_url(target) else 0
    if known is None:
        what, expected = "the handler behind a URL does not know this Seam API", "a port for both"
        cure = (
            f"set {variable}=http://127.0.0.1:4010, for example, here and for the handler; or let "
            f"{OPTION} start it"
        )
        raise UsageError(what, where=variable, expected=expected, cure=cure, option="start")
    with ExitStack() as stack:
        try:
            server = stack.enter_context(MockServer(world=world, port=known))
        except TargetUnreachable as problem:
            other = f"set {variable} to another port, here and for the handler"
            problem.option, problem.cure = "", f"end what listens there, or {other}"
            raise
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
        if name in KIND_OF_ID and name != "workspace_id" and isinstance(value, str)
    }


def _moment(event: JsonMapping, name: str = "occurred_at") -> float:
    """
    Read a time of an event, in seconds since the epoch; 0 if that is no time.
    """
    try:
        return datetime.fromisoformat(str(event.get(name)).upper()).timestamp()
    except ValueError:
        return 0.0


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
