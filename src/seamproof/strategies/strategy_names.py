"""
Strategies that are shown by the name that their users call them by.
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
    Make a composite strategy whose `repr` can be pasted: it shows the public function.

    Args:
        name: Of that function, which checks its arguments and hands them on.
    """

    def decorate(
        function: Callable[Concatenate[st.DrawFn, _P], _T],
    ) -> Callable[_P, st.SearchStrategy[_T]]:
        function.__name__ = name
        return st.composite(function)

    return decorate
