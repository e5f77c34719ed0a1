"""
Ranges of HTTP statuses (RFC 9110, section 15), and single ones that have a name.
"""

from __future__ import annotations

from typing import Final

VALID: Final = range(100, 600)
#: What Svix counts as delivered: 200-299 and nothing else.
SUCCESS: Final = range(200, 300)
REDIRECT: Final = range(300, 400)
#: How a good handler refuses a forgery.
CLIENT_ERROR: Final = range(400, 500)
SERVER_ERROR: Final = range(500, 600)
ERROR: Final = range(400, 600)

OK: Final = 200
BAD_REQUEST: Final = 400
FOUND: Final = 302
NOT_FOUND: Final = 404
#: The answers of a router that finds nothing for a path or a method.
NOT_ROUTED: Final = (404, 405)
LENGTH_REQUIRED: Final = 411
TOO_MANY_REQUESTS: Final = 429
INTERNAL_SERVER_ERROR: Final = 500
SERVICE_UNAVAILABLE: Final = 503

#: The statuses that a genuine delivery may be answered with, as the options are written.
DEFAULT_ACCEPT: Final = "200-299"
