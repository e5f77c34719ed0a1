"""
The emitter: what is signed goes out, and what comes back is recorded.
"""

from seamproof.mock_server.sending import TIMEOUT, Sender
from seamproof.mock_server.serving import serving
from seamproof.mock_server.targets import check_target

__all__ = ["TIMEOUT", "Sender", "check_target", "serving"]
