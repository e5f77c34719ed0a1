"""
Tests of the description of exceptions, of those as well that resist it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import pytest

from seamproof.checks.targets.tracebacks import escaped_exception
from seamproof.signing import Secret

SECRET = Secret.generate()


class NoText(Exception):
    """
    Its text raises.
    """

    def __str__(self) -> str:
        message = "no text"
        raise RuntimeError(message)

    __repr__ = __str__


class ExitsWhenRead(Exception):
    """
    Whoever converts it to text ends the program.
    """

    def __str__(self) -> str:
        raise SystemExit(0)


class StrangeText(str):
    """
    A text that cannot be cut.
    """

    __slots__ = ()

    def __getitem__(self, key: object) -> NoReturn:
        raise RuntimeError(key)


class ReturnsStrangeText(Exception):
    """
    Its text is of a class of its own.
    """

    def __str__(self) -> str:
        return StrangeText("strange")


class NoAttributes(Exception):
    """
    Looking for an attribute raises.
    """

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(name)


class NoNotes(Exception):
    """
    Its notes raise.
    """

    @property
    def __notes__(self) -> NoReturn:  # type: ignore[override]
        message = "no notes"
        raise RuntimeError(message)


class Unnamed(type):
    """
    A metaclass whose classes do not say where they were made.
    """

    @property
    def __module__(cls) -> NoReturn:  # type: ignore[override]
        message = "no module"
        raise RuntimeError(message)


class FromNowhere(Exception, metaclass=Unnamed):
    """
    Its class has no module.
    """


@pytest.mark.parametrize(
    "kind", [NoText, ExitsWhenRead, ReturnsStrangeText, NoAttributes, NoNotes, FromNowhere]
)
def test_an_exception_that_resists_is_described(kind: type[Exception]) -> None:
    """
    Its class and its place are known, whatever its text does.
    """
    line = sys._getframe().f_lineno + 2
    with pytest.raises(kind) as caught:
        raise kind
    escaped = escaped_exception(caught.value, Path(__file__).parent, SECRET)

    assert escaped.kind.endswith(kind.__name__)
    assert escaped.place == f"test_tracebacks.py:{line}"
    assert escaped.trace


def test_a_syntax_error_may_have_any_file() -> None:
    """
    A file that is no text is not looked at.
    """
    error = SyntaxError("odd")
    error.filename = 5  # type: ignore[assignment]

    assert escaped_exception(error, Path.cwd(), SECRET).place == ""


def _endless(depth: int = 0) -> int:
    return _endless(depth + 1)


def test_an_endless_recursion_has_one_place() -> None:
    """
    It is where the function calls itself, at whatever depth Python gives up; not every frame is
    shown.
    """
    with pytest.raises(RecursionError) as caught:
        _endless()
    escaped = escaped_exception(caught.value, Path(__file__).parent, SECRET)

    line = _endless.__code__.co_firstlineno + 1
    assert escaped.place == f"test_tracebacks.py:{line}"
    assert len(escaped.trace) < 20_000
