"""
Operations on messages: emit events, list and show messages, resend them.
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Body, Query
from starlette.requests import Request  # noqa: TC002 - FastAPI reads the annotation

from seamproof.mock_server.api.control.explanation_models import (
    ExplanationBody,
    ExplanationView,
    ResentBody,
    SavedBody,
    SavedQuery,
    SkippedView,
)
from seamproof.mock_server.api.control.message_bodies import (
    EmitBody,
    MessagesQuery,
    ResendBody,
    ResendManyBody,
)
from seamproof.mock_server.api.control.routing import (
    ControlledService,
    create_router,
    errors,
    links,
)
from seamproof.mock_server.api.request_fields import refuse_repeated
from seamproof.mock_server.api.request_models import fault_specs
from seamproof.mock_server.api.response_models import MessageBody, MessageIdsBody, MessagesBody
from seamproof.mock_server.api.serializers import detail_view, summary_view
from seamproof.mock_server.service.explanations import explain_message
from seamproof.mock_server.service.saved_forms import save_message
from seamproof.schemas.json_text import member_text

router: Final = create_router()
_MESSAGE: Final = "/mock/messages/{message_id}"
_MESSAGE_LINKS: Final = links(
    "message_id", "/message_ids/0", "get_messages_message", "post_messages_message_resend"
)


@router.post(
    "/mock/events",
    status_code=202,
    summary="Emit events",
    responses={**errors(404), 202: _MESSAGE_LINKS},
)
async def emit(body: EmitBody, request: Request, service: ControlledService) -> MessageIdsBody:
    """
    Enqueue events. They are stored when the response is sent.
    """
    event = None
    if body.event is not None:
        event = member_text((await request.body()).decode(), "event").encode()
    ids = await service.emit(
        event_type=body.event_type,
        event=event,
        journey=body.journey,
        overrides=body.overrides,
        count=body.count,
        seed=body.seed,
        faults=fault_specs(body.faults),
    )
    return MessageIdsBody(message_ids=ids)


@router.get("/mock/messages", summary="List messages", responses=errors(404))
async def list_messages(
    query: Annotated[MessagesQuery, Query()], request: Request, service: ControlledService
) -> MessagesBody:
    """
    List messages, the newest first.
    """
    refuse_repeated(request)
    page = await service.messages(query.wanted(), limit=query.limit, before=query.before)
    return MessagesBody(messages=[summary_view(one) for one in page.messages], before=page.before)


@router.get(_MESSAGE, summary="Show a message", responses=errors(404))
async def show_message(message_id: str, service: ControlledService) -> MessageBody:
    """
    Show a message with every attempt.
    """
    return MessageBody(message=detail_view(await service.message(message_id)))


@router.post(
    f"{_MESSAGE}/resend", status_code=202, summary="Resend a message", responses=errors(404, 409)
)
async def resend(
    message_id: str,
    service: ControlledService,
    body: Annotated[ResendBody, Body(default_factory=ResendBody)],
) -> MessageIdsBody:
    """
    Make one more attempt to deliver a message.
    """
    await service.redelivery.resend(message_id, webhook_id=body.webhook_id)
    return MessageIdsBody(message_ids=[message_id])


@router.post("/mock/resend", status_code=202, summary="Resend messages", responses=errors(404))
async def resend_many(body: ResendManyBody, service: ControlledService) -> ResentBody:
    """
    Make one more attempt to deliver each of several messages.
    """
    if body.webhook_id is not None:
        await service.endpoints.get(body.webhook_id)
    skipped = await service.redelivery.resend_many(body.message_ids, webhook_id=body.webhook_id)
    sent = [one for one in dict.fromkeys(body.message_ids) if one not in skipped]
    return ResentBody(
        message_ids=sent,
        skipped=[SkippedView(message_id=one, reason=reason) for one, reason in skipped.items()],
    )


@router.get(f"{_MESSAGE}/explanation", summary="Explain a message", responses=errors(404))
async def explain(message_id: str, service: ControlledService) -> ExplanationBody:
    """
    Explain a message: violations of the contract, verdicts on the signatures, coming attempts.
    """
    explanation = await explain_message(service, message_id)
    return ExplanationBody(explanation=ExplanationView.model_validate(explanation))


@router.get(f"{_MESSAGE}/saved", summary="Save a message", responses=errors(404, 409))
async def save(
    message_id: str, query: Annotated[SavedQuery, Query()], service: ControlledService
) -> SavedBody:
    """
    Write a message as a curl command that is signed now, a fixture, or a pytest file.
    """
    saved = await save_message(service, message_id, query.form, webhook_id=query.webhook_id)
    return SavedBody(name=saved.name, text=saved.text)
