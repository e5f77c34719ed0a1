"""
What runs within a run must not be the first to import.

Pytester forgets the modules that such a run imported, and some of them are not to be
imported twice: a class of theirs would no longer be the one that others have caught.
"""

from __future__ import annotations

import jsonschema

__all__ = ["jsonschema"]
