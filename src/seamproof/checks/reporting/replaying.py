"""
Regression tests that version 0.1.0 generated import `replaying` from here.
"""

from seamproof.lazy_exports import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports("seamproof.checks", {"replay.replay": ("replaying",)})
