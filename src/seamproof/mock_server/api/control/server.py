"""
Operations on the server itself: its clock, the faults that it knows, reset, health.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Body

from seamproof.mock_server.api.control.explanation_models import SettingsBody, SettingsView
from seamproof.mock_server.api.control.routing import ControlledService, create_router, errors
from seamproof.mock_server.api.request_models import AdvanceBody, ResetBody
from seamproof.mock_server.api.response_models import (
    ClockBody,
    FaultListBody,
    FaultView,
    HealthBody,
    OkBody,
)
from seamproof.mock_server.api.serializers import clock_view
from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.model.retry_schedule import TIMEOUTS
from seamproof.version import __version__

router: Final = create_router()


@router.get("/mock/settings", summary="Show the settings", responses=errors())
async def show_settings(service: ControlledService) -> SettingsBody:
    """
    Show how the server behaves: its schedule, its time-out, its clock.
    """
    settings = service.settings
    return SettingsBody(
        settings=SettingsView(
            version=__version__,
            schedule=list(settings.schedule),
            jitter=settings.jitter,
            timeout=settings.timeout or TIMEOUTS[settings.like],
            like=settings.like,
            manual_clock=service.clock.manual,
        )
    )


@router.get("/mock/clock", summary="Show the time", responses=errors())
async def show_clock(service: ControlledService) -> ClockBody:
    """
    Show the time that the retry schedule runs on.
    """
    return ClockBody(clock=clock_view(service))


@router.post("/mock/clock", summary="Advance a manual clock", responses=errors(409))
async def advance(body: AdvanceBody, service: ControlledService) -> ClockBody:
    """
    Advance a manual clock, and make every attempt that is due by then.
    """
    await service.advance(body.seconds)
    return ClockBody(clock=clock_view(service))


@router.get("/mock/faults", summary="List the faults", responses=errors())
async def list_faults() -> FaultListBody:
    """
    List the faults that can be requested.
    """
    return FaultListBody(faults=[FaultView.model_validate(one) for one in FAULTS.values()])


@router.post("/mock/reset", summary="Forget messages, and endpoints on request", responses=errors())
async def reset(
    service: ControlledService, body: Annotated[ResetBody, Body(default_factory=ResetBody)]
) -> OkBody:
    """
    Forget every message, and the endpoints on request.
    """
    await service.reset(endpoints=body.endpoints)
    return OkBody()


@router.get("/health", summary="Show that the server is up", responses=errors())
@router.post("/health", summary="Show that the server is up", responses=errors())
async def show_health() -> HealthBody:
    """
    Show that the server is up.
    """
    return HealthBody(version=__version__)
