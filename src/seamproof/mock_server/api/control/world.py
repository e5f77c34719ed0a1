"""
Operations on the world: what goes wrong in it on purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from seamproof.mock_server.api.control.routing import ControlledService, create_router, errors
from seamproof.mock_server.api.request_models import Absent, RequestModel, Text
from seamproof.mock_server.api.response_models import OkBody, ResponseModel
from seamproof.mock_server.world.trouble_states import TroubleState
from seamproof.mock_server.world.troubles import TROUBLES

if TYPE_CHECKING:
    from seamproof.mock_server.service.service import Service

    TroubleName: TypeAlias = str
else:
    TroubleName = Literal[tuple(TROUBLES)]

router: Final = create_router()


class TroubleBody(RequestModel):
    """
    A trouble of a device, of an account with its devices, or of the whole world.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "offline"}]})

    name: TroubleName
    device_id: Text | Absent = None
    connected_account_id: Text | Absent = None
    path: Text = Field("*", description="The calls that are refused, as a glob: /locks/*")

    @property
    def state(self) -> TroubleState:
        """
        The trouble that is meant.

        Raises:
            Conflict: It is not possible for this.
        """
        return TroubleState(
            self.name, self.device_id or "", self.connected_account_id or "", self.path
        )


class TroubleView(ResponseModel):
    """
    A trouble that lasts; without a device and an account it is the whole world's.
    """

    name: str
    device_id: str
    connected_account_id: str
    path: str


class KnownTroubleView(ResponseModel):
    """
    A trouble that can be started.
    """

    name: str
    line: str
    targets: Annotated[list[str], Field(description="What can have it; a workspace is the world")]


class TroublesBody(OkBody):
    """
    The troubles that last.
    """

    troubles: list[TroubleView]


class KnownTroublesBody(TroublesBody):
    """
    The troubles that last, and those that can be started.
    """

    known: list[KnownTroubleView]


@router.get("/mock/world/troubles", summary="List the troubles", responses=errors())
async def list_troubles(service: ControlledService) -> KnownTroublesBody:
    """
    List the troubles that last, and those that can be started.
    """
    known = [
        KnownTroubleView(name=name, line=one.line, targets=list(one.targets))
        for name, one in TROUBLES.items()
    ]
    return KnownTroublesBody(troubles=_views(service), known=known)


@router.post("/mock/world/trouble", summary="Start a trouble", responses=errors(404, 409))
async def start_trouble(body: TroubleBody, service: ControlledService) -> TroublesBody:
    """
    Start a trouble of a device, of an account with its devices, or of the whole world.
    """
    await service.world.begin_trouble(body.state)
    return TroublesBody(troubles=_views(service))


@router.post("/mock/world/trouble/end", summary="End a trouble", responses=errors(404, 409))
async def end_trouble(body: TroubleBody, service: ControlledService) -> TroublesBody:
    """
    End a trouble.
    """
    await service.world.end_trouble(body.state)
    return TroublesBody(troubles=_views(service))


def _views(service: Service) -> list[TroubleView]:
    return [TroubleView.model_validate(one) for one in service.world.troubles()]
