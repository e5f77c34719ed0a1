"""
Raises errors of a user at the line of the call, without the frames of the plugin.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from seamproof.errors import SeamproofError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def raised_at_caller(function: Callable[P, R]) -> Callable[P, R]:
    """
    Raise an error of the user at the line of the call, without the frames of the plugin.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except SeamproofError as problem:
            raise problem.with_traceback(None) from None

    return call
