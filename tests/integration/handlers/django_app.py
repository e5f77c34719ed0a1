"""
A good handler as Django's users write it, in one file. `app` is WSGI, `asgi_app` ASGI.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import clear_url_caches, path, set_urlconf
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from svix.webhooks import Webhook, WebhookVerificationError

from tests.integration.handlers.records import Records, UnavailableError

if TYPE_CHECKING:
    from django.http import HttpRequest

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="for tests only",
        MIDDLEWARE=MIDDLEWARE,
    )
    django.setup()
records = Records()


def receive(request: HttpRequest) -> HttpResponse:
    """
    Verify the bytes as they came, then act on the event.
    """
    try:
        webhook = Webhook(os.environ["SEAM_WEBHOOK_SECRET"])
        webhook.verify(request.body, dict(request.headers))
        event = json.loads(request.body)
    except (WebhookVerificationError, ValueError):
        return HttpResponse(status=400)
    if not isinstance(event, dict):
        return HttpResponse(status=400)
    try:
        records.handle(request.headers["svix-id"], event)
    except UnavailableError:
        return HttpResponse(status=503)
    return HttpResponse(status=204)


urlpatterns = [path("webhooks/seam", csrf_exempt(require_POST(receive)))]
# Another module of the same process may have configured Django with its own patterns.
settings.ROOT_URLCONF = __name__
clear_url_caches()
set_urlconf(None)
app = get_wsgi_application()
asgi_app = get_asgi_application()


def state() -> dict[str, Any]:
    """
    Show what the handler keeps.
    """
    return records.state()


def set_broken(broken: bool) -> None:
    """
    Make the database fail, or work again.
    """
    records.set_broken(broken=broken)
