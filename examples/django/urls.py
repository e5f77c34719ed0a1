"""
The project's paths.
"""

from __future__ import annotations

from django.urls import path
from webhooks.views import receive

urlpatterns = [path("webhooks/seam", receive)]
