"""
What a check can be aimed at: applications and functions in this process, and URLs.
"""

from seamproof.checks.targets.asgi import AsgiTarget
from seamproof.checks.targets.aws_lambda import LambdaTarget
from seamproof.checks.targets.function import FunctionTarget
from seamproof.checks.targets.home import TIMEOUT, Home
from seamproof.checks.targets.target import PATH, Kind, Place, Target
from seamproof.checks.targets.url import UrlTarget
from seamproof.checks.targets.wsgi import WsgiTarget

__all__ = [
    "PATH",
    "TIMEOUT",
    "AsgiTarget",
    "FunctionTarget",
    "Home",
    "Kind",
    "LambdaTarget",
    "Place",
    "Target",
    "UrlTarget",
    "WsgiTarget",
]
