"""
How a broken handler is put into the zoo, and which check must find it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from tests.integration.zoo.core import Handler
from tests.integration.zoo.frames import function

if TYPE_CHECKING:
    from typing import Final

#: Makes what is aimed at, out of a handler.
Frame: TypeAlias = Callable[[Handler], Any]

_Handler = TypeVar("_Handler", bound=type[Handler])
_Frame = TypeVar("_Frame", bound=Frame)


@dataclass(frozen=True)
class Animal:
    """
    One handler of the zoo.

    Attributes:
        name: Of the class or function that it is made by.
        house: The module that it comes from.
        words: What is wrong with it, or only looks so.
        check: That must find it; empty for one that is good.
        also: Checks that see the same bug too, as a matter of logic.
        handler: Made with the secret.
        frame: Makes what is aimed at.
    """

    name: str
    house: str
    words: str
    check: str
    also: frozenset[str]
    handler: type[Handler]
    frame: Frame


#: Every broken handler, in the order of the files.
BROKEN: Final[list[Animal]] = []
#: Handlers that are good, though in unusual ways.
GOOD: Final[list[Animal]] = []


def broken(check: str, *also: str, frame: Frame = function) -> Callable[[_Handler], _Handler]:
    """
    Put a handler with one bug into the zoo; its docstring says what the bug is.

    Args:
        check: That must find it.
        *also: Checks that see the same bug too.
        frame: In which framework it stands.
    """

    def enter(handler: _Handler) -> _Handler:
        BROKEN.append(_animal(handler, check, also, handler, frame))
        return handler

    return enter


def broken_frame(
    check: str, *also: str, handler: type[Handler] = Handler
) -> Callable[[_Frame], _Frame]:
    """
    Put a good handler in a framework used wrongly into the zoo.
    """

    def enter(frame: _Frame) -> _Frame:
        BROKEN.append(_animal(frame, check, also, handler, frame))
        return frame

    return enter


def good(*, frame: Frame = function) -> Callable[[_Handler], _Handler]:
    """
    Put a good handler into the zoo: no check may fail.
    """

    def enter(handler: _Handler) -> _Handler:
        GOOD.append(_animal(handler, "", (), handler, frame))
        return handler

    return enter


def good_frame(*, handler: type[Handler] = Handler) -> Callable[[_Frame], _Frame]:
    """
    Put a good handler in a framework into the zoo: no check may fail.
    """

    def enter(frame: _Frame) -> _Frame:
        GOOD.append(_animal(frame, "", (), handler, frame))
        return frame

    return enter


def _animal(
    made_by: object, check: str, also: tuple[str, ...], handler: type[Handler], frame: Frame
) -> Animal:
    name = getattr(made_by, "__name__", "")
    words = " ".join((made_by.__doc__ or "").split()).rstrip(".")
    return Animal(name, made_by.__module__, words, check, frozenset(also), handler, frame)
