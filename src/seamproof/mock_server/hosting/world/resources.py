"""
Resources as a test sees them: read at one moment, with what a test can do to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from seamproof.mock_server.world.events.removal import remove
from seamproof.mock_server.world.kinds import KINDS, view
from seamproof.mock_server.world.records import value_at
from seamproof.mock_server.world.seeding import add_record
from seamproof.mock_server.world.trouble_states import TroubleState, begin, end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    from seamproof.json_types import Json, JsonMapping, JsonObject
    from seamproof.mock_server.world.turn import Turn

    class Access(Protocol):
        """
        Reads or changes the world of a server, and waits until that is stored.
        """

        def __call__(self, work: Callable[[Turn], T], /) -> T:
            """
            Do that in one turn of the world.
            """


T = TypeVar("T")
R = TypeVar("R", bound="Resource")


@dataclass(frozen=True, slots=True)
class Resource:
    """
    A resource, as it was when it was read. Its properties are attributes, as in Seam's SDK.

    Attributes:
        kind: Such as `device`.
        id: Its own id.
        document: All of its properties.
        access: Reads or changes the world.
    """

    kind: str
    id: str
    document: JsonObject
    access: Access

    def __getattr__(self, name: str) -> Json:
        """
        Read a property.
        """
        if name == "document":
            raise AttributeError(name)  # while it is copied
        try:
            return self.document[name]
        except KeyError:
            what = f"{self.kind} has no property {name}"
            raise AttributeError(what) from None

    def __getitem__(self, path: str) -> Json:
        """
        Read a property by its dotted path, such as `properties.online`; None if there is none.
        """
        return value_at(self.document, path)

    def set(self, values: JsonMapping | None = None, /, **properties: Json) -> None:
        """
        Change properties without an event.

        Args:
            values: By dotted path, such as `properties.online`.
            properties: By name.
        """

        def change(turn: Turn) -> None:
            record = turn.records.get(self.kind, self.id)
            if record is not None:
                turn.records.put(record.with_values({**(values or {}), **properties}))

        self.access(change)

    def delete(self) -> None:
        """
        Remove it, with all that belongs to it, without an event.
        """

        def change(turn: Turn) -> None:
            record = turn.records.get(self.kind, self.id)
            if record is not None:
                remove(turn.records, record)

        self.access(change)


class TroubledResource(Resource):
    """
    A resource that something can go wrong with.
    """

    def trouble(self, name: str, *, path: str = "*") -> None:
        """
        Start a trouble of it, and of what belongs to it, with the events of that.

        Args:
            name: Such as `offline`; `seamproof world troubles` lists them.
            path: The calls that are refused, as a glob.

        Raises:
            UsageError: There is no such trouble, or not for this.
        """
        state = self._state(name, path)
        self.access(lambda turn: begin(turn, state))

    def end_trouble(self, name: str) -> None:
        """
        End a trouble of it, with the events of that.

        Raises:
            NotFound: It has no such trouble.
        """
        state = self._state(name)
        self.access(lambda turn: end(turn, state))

    def _state(self, name: str, path: str = "*") -> TroubleState:
        return TroubleState(name, path=path, **{KINDS[self.kind].id_name: self.id})


class Workspace(Resource):
    """
    A workspace.
    """

    if TYPE_CHECKING:
        name: str
        is_sandbox: bool


class ConnectedAccount(TroubledResource):
    """
    A connected account.
    """

    if TYPE_CHECKING:
        connected_account_id: str
        account_type: str
        custom_metadata: JsonObject
        display_name: str


class Device(TroubledResource):
    """
    A device.
    """

    if TYPE_CHECKING:
        device_id: str
        connected_account_id: str
        custom_metadata: JsonObject
        device_type: str
        display_name: str
        is_managed: bool
        properties: JsonObject
        space_ids: list[str]


class AccessCode(Resource):
    """
    An access code, managed or not.
    """

    if TYPE_CHECKING:
        access_code_id: str
        code: str | None
        device_id: str
        ends_at: str | None
        is_managed: bool
        name: str | None
        starts_at: str | None
        status: str
        type: str


class AccessGrant(Resource):
    """
    An access grant.
    """

    if TYPE_CHECKING:
        access_grant_id: str
        access_method_ids: list[str]
        ends_at: str | None
        requested_access_methods: list[JsonObject]
        starts_at: str
        user_identity_id: str


class AccessMethod(Resource):
    """
    An access method.
    """

    if TYPE_CHECKING:
        access_method_id: str
        code: str | None
        is_issued: bool
        issued_at: str | None
        mode: str


class Space(Resource):
    """
    A space.
    """

    if TYPE_CHECKING:
        space_id: str
        name: str
        space_key: str


class UserIdentity(Resource):
    """
    A user identity.
    """

    if TYPE_CHECKING:
        user_identity_id: str
        acs_user_ids: list[str]
        email_address: str | None
        full_name: str | None
        user_identity_key: str | None


class ActionAttempt(Resource):
    """
    An action attempt.
    """

    if TYPE_CHECKING:
        action_attempt_id: str
        action_type: str
        error: JsonObject | None
        result: JsonObject | None
        status: str


class ResourcesOfKind(Mapping[str, R], Generic[R]):
    """
    The resources of a kind, by their ids.

    Args:
        kind: Such as `device`.
        make: The class of a resource.
        access: Reads or changes the world.
    """

    def __init__(self, kind: str, make: type[R], access: Access) -> None:
        self._kind = kind
        self._make = make
        self._access = access

    def __getitem__(self, key: str) -> R:
        """
        Read a resource.
        """

        def read(turn: Turn) -> JsonObject | None:
            record = turn.records.get(self._kind, key)
            return None if record is None else view(turn.records, record)

        document = self._access(read)
        if document is None:
            raise KeyError(key)
        return self._make(self._kind, key, document, self._access)

    def __iter__(self) -> Iterator[str]:
        """
        List the ids in the order of creation.
        """
        return iter(self._access(lambda turn: [one.id for one in turn.records.all(self._kind)]))

    def __len__(self) -> int:
        """
        Count the resources.
        """
        return self._access(lambda turn: len([*turn.records.all(self._kind)]))

    def add(self, document: JsonMapping | None = None, /, **properties: Json) -> R:
        """
        Add a resource without an event; what is left out is typical of the kind.
        """
        values = {**(document or {}), **properties}
        return self[self._access(lambda turn: add_record(turn, self._kind, values).id)]
