"""
The handler.
"""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from svix.webhooks import Webhook, WebhookVerificationError

from webhooks.models import handle


# The signature says who sends; a form's token would refuse Seam.
@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """
    Verify the bytes as they came, then act on the event.
    """
    try:
        Webhook(settings.SEAM_WEBHOOK_SECRET).verify(request.body, dict(request.headers))
        event = json.loads(request.body)
    except (WebhookVerificationError, ValueError):
        # svix raises ValueError for a header without a comma and a body that is not UTF-8.
        return HttpResponse(status=400)
    if not isinstance(event, dict):
        return HttpResponse(status=400)
    handle(request.headers["svix-id"], event)
    return HttpResponse(status=204)
