"""
What an application in this process is made of.
"""

from __future__ import annotations

from typing import Final

#: Attributes in which middleware keeps the application that it wraps.
_WRAPPED: Final = ("app", "_app", "application", "wsgi_app", "inner", "wrapped", "__wrapped__")
#: How many wrappers are looked through.
_DEPTH: Final = 8


def modules_of(application: object) -> tuple[str, ...]:
    """
    List the modules of the classes of an application, and of what it wraps.
    """
    modules: list[str] = []
    found = getattr(application, "__self__", application)
    for _ in range(_DEPTH):
        modules += [kind.__module__ for kind in type(found).__mro__ if kind is not object]
        inner = (vars(found).get(name) for name in _WRAPPED if hasattr(found, "__dict__"))
        found = next((one for one in inner if one is not None), None)
        if found is None:
            break
    return tuple(dict.fromkeys(modules))
