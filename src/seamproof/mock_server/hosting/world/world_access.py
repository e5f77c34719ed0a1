"""
The world of a server that runs, by kinds of resources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from seamproof.mock_server.hosting.world import resources as kinds
from seamproof.mock_server.hosting.world.resources import ResourcesOfKind
from seamproof.mock_server.world.trouble_states import TroubleState, begin, end, lasting

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.json_types import Json, JsonObject
    from seamproof.mock_server.hosting.world.resources import Access, Resource
    from seamproof.mock_server.service.service import Service
    from seamproof.mock_server.world.turn import Turn

T = TypeVar("T")


class WorldAccess:
    """
    What the server keeps: `server.world.devices[device_id].properties`.

    Args:
        access: Reads or changes the world.
        call: Makes a call of Seam's API.
        cancel_later: Lets nothing happen that is to happen later.

    Attributes:
        edit: Does something in one turn of the world, with the events that it makes.
        cancel_later: Lets nothing happen that is to happen later: codes to be set or removed, keys
            to be issued.
        workspaces: By id, as are all of these.
        connected_accounts: …
        devices: Managed and unmanaged.
        access_codes: Managed and unmanaged.
        access_grants: …
        access_methods: …
        acs_systems: …
        acs_entrances: …
        acs_users: …
        acs_credentials: …
        acs_encoders: …
        acs_access_groups: …
        spaces: …
        user_identities: …
        connect_webviews: …
        action_attempts: …
        noise_thresholds: …
        thermostat_schedules: …
        thermostat_daily_programs: …
        client_sessions: …
        instant_keys: …
        phones: …
    """

    def __init__(
        self,
        access: Access,
        call: Callable[[str, JsonObject], JsonObject],
        cancel_later: Callable[[], None],
    ) -> None:
        self._call = call
        self.edit = access
        self.cancel_later = cancel_later

        def plain(kind: str) -> ResourcesOfKind[Resource]:
            return ResourcesOfKind(kind, kinds.Resource, access)

        self.workspaces = ResourcesOfKind("workspace", kinds.Workspace, access)
        self.connected_accounts = ResourcesOfKind(
            "connected_account", kinds.ConnectedAccount, access
        )
        self.devices = ResourcesOfKind("device", kinds.Device, access)
        self.access_codes = ResourcesOfKind("access_code", kinds.AccessCode, access)
        self.access_grants = ResourcesOfKind("access_grant", kinds.AccessGrant, access)
        self.access_methods = ResourcesOfKind("access_method", kinds.AccessMethod, access)
        self.spaces = ResourcesOfKind("space", kinds.Space, access)
        self.user_identities = ResourcesOfKind("user_identity", kinds.UserIdentity, access)
        self.action_attempts = ResourcesOfKind("action_attempt", kinds.ActionAttempt, access)
        self.acs_systems = plain("acs_system")
        self.acs_entrances = plain("acs_entrance")
        self.acs_users = plain("acs_user")
        self.acs_credentials = plain("acs_credential")
        self.acs_encoders = plain("acs_encoder")
        self.acs_access_groups = plain("acs_access_group")
        self.connect_webviews = plain("connect_webview")
        self.noise_thresholds = plain("noise_threshold")
        self.thermostat_schedules = plain("thermostat_schedule")
        self.thermostat_daily_programs = plain("thermostat_daily_program")
        self.client_sessions = plain("client_session")
        self.instant_keys = plain("instant_key")
        self.phones = plain("phone")

    def call(self, path: str, **parameters: Json) -> JsonObject:
        """
        Make a call of Seam's API, with its events, and return the answer.

        Args:
            path: Such as `/locks/unlock_door`.
            parameters: Of the call.

        Raises:
            CallRefused: Seam would not do that.
        """
        return self._call(path, parameters)

    @property
    def troubles(self) -> list[TroubleState]:
        """
        The troubles that last.
        """
        return self.edit(lambda turn: list(lasting(turn.records)))

    def trouble(
        self, name: str, *, device_id: str = "", connected_account_id: str = "", path: str = "*"
    ) -> None:
        """
        Start a trouble, with its events.

        Args:
            name: Such as `offline`; `seamproof world troubles` lists them.
            device_id: The device that has it.
            connected_account_id: The account that has it; without both, the whole world has it.
            path: The calls that are refused, as a glob such as `/locks/*`.

        Raises:
            UsageError: There is no such trouble, or not for this.
            NotFound: There is no such device or account.
        """
        state = TroubleState(name, device_id, connected_account_id, path)
        self.edit(lambda turn: begin(turn, state))

    def end_trouble(
        self, name: str, *, device_id: str = "", connected_account_id: str = ""
    ) -> None:
        """
        End a trouble, with its events.

        Raises:
            NotFound: There is no such trouble.
        """
        state = TroubleState(name, device_id, connected_account_id)
        self.edit(lambda turn: end(turn, state))


async def in_turn(service: Service, work: Callable[[Turn], T]) -> T:
    """
    Read or change the world of a service in one turn.
    """
    found: list[T] = []
    await service.world.edit(lambda turn: found.append(work(turn)))
    return found[0]
