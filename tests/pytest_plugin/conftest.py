"""
What runs within a run must not be the first to import.

Pytester forgets the modules that such a run imported: the next one would import them again, which
takes longer than most of these runs, and a class would no longer be the one that others have
caught.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import jsonschema

import seamproof

__all__ = ["jsonschema"]

for _module in walk_packages(seamproof.__path__, "seamproof."):
    # Locust replaces parts of the standard library, in a process of its own only.
    if not _module.name.startswith("seamproof.load."):
        import_module(_module.name)
