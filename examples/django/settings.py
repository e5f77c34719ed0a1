"""
The project's settings.
"""

from __future__ import annotations

import os
from pathlib import Path

SECRET_KEY = os.environ.get("SECRET_KEY", "for development only")
SEAM_WEBHOOK_SECRET = os.environ["SEAM_WEBHOOK_SECRET"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["webhooks"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE", str(Path(__file__).parent / "db.sqlite3")),
        # Deliveries arrive at the same time: each waits for the one before.
        "OPTIONS": {"timeout": 20},
    }
}
USE_TZ = True
