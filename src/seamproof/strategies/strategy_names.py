"""
Composite strategies whose `repr` is a call of the public function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_T = TypeVar("_T")


def named(
    name: str,
) -> Callable[[Callable[Concatenate[st.DrawFn, _P], _T]], Callable[_P, st.SearchStrategy[_T]]]:
    """
    Make a composite strategy whose `repr` shows a call of the public function.

    Args:
        name: The name of the public function, which validates the arguments.
    """

    def decorate(
        function: Callable[Concatenate[st.DrawFn, _P], _T],
    ) -> Callable[_P, st.SearchStrategy[_T]]:
        function.__name__ = name
        return st.composite(function)

    return decorate
