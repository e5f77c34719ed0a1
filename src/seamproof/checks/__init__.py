"""
What a handler must do, and the proof that it does.
"""

from seamproof.checks.demonstration import Outcome, demonstrate
from seamproof.checks.model_handler import create_app

__all__ = ["Outcome", "create_app", "demonstrate"]
