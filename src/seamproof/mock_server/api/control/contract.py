"""
Operations on the contract: event types, journeys, samples, validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.mock_server.api.control.explanation_models import (
    EventSampleBody,
    EventTypeBody,
    EventTypesBody,
    EventTypeView,
    JourneysBody,
    JourneyView,
    SampleBody,
    ValidateBody,
    ViolationsBody,
    ViolationView,
)
from seamproof.mock_server.api.control.routing import ControlledService, create_router, errors
from seamproof.schemas import violations
from seamproof.schemas.sources.recorded import sources_of

if TYPE_CHECKING:
    from seamproof.schemas import EventSchema

router: Final = create_router()


@router.get("/mock/event-types", summary="List the event types", responses=errors())
async def list_event_types(service: ControlledService) -> EventTypesBody:
    """
    List the event types of the contract.
    """
    schemas = service.catalogue.values()
    found = sources_of(one.document for one in schemas)
    sources = [f"{one.can.title} {one.label}" for one in found]
    return EventTypesBody(event_types=[*map(_view, schemas)], sources=sources)


@router.get("/mock/event-types/{event_type}", summary="Show an event type", responses=errors(404))
async def show_event_type(event_type: str, service: ControlledService) -> EventTypeBody:
    """
    Show the contract of an event type, with an example.
    """
    (schema,) = service.catalogue.match(event_type.replace("*", ""))
    return EventTypeBody(
        event_type=_view(schema), document=dict(schema.document), example=schema.example
    )


@router.get("/mock/journeys", summary="List the journeys", responses=errors())
async def list_journeys() -> JourneysBody:
    """
    List the journeys that can be emitted.
    """
    from seamproof.strategies import JOURNEYS

    return JourneysBody(
        journeys=[
            JourneyView(name=name, event_types=[step.event_type for step in steps])
            for name, steps in JOURNEYS.items()
        ]
    )


@router.post("/mock/samples", summary="Sample an event", responses=errors(404))
async def sample(body: SampleBody, service: ControlledService) -> EventSampleBody:
    """
    Sample an event of a type, without emitting it.
    """
    from seamproof.strategies import Sampler

    sampler = Sampler(body.seed, catalogue=service.catalogue)
    return EventSampleBody(event=sampler.event(body.event_type))


@router.post("/mock/violations", summary="Validate an event", responses=errors())
async def validate(body: ValidateBody, service: ControlledService) -> ViolationsBody:
    """
    List what an event violates of the contract.
    """
    found = violations(body.event, catalogue=service.catalogue)
    return ViolationsBody(violations=[ViolationView.model_validate(one) for one in found])


def _view(schema: EventSchema) -> EventTypeView:
    return EventTypeView.model_validate(schema)
