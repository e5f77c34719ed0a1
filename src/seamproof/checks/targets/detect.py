"""
What an object is, told from its type and its parameters' names.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.targets.base import Kind

#: The names of the parameters that a call needs, and what has them. A leading
#: underscore makes no difference.
SHAPES: Final[dict[tuple[str, ...], Kind]] = {
    ("scope", "receive", "send"): "asgi",
    ("scope",): "asgi",
    ("environ", "start_response"): "wsgi",
    ("env", "start_response"): "wsgi",
    ("body", "headers"): "function",
    ("headers", "body"): "function",
}
#: By module and name of a class, what to do with its instances.
ADVICE: Final = {
    ("aiohttp.web_app", "Application"): "run it, for example by `aiohttp.web.run_app`, and give "
    "its URL: an aiohttp application is neither ASGI nor WSGI",
    ("tornado.web", "Application"): "run it and give its URL: a Tornado application is "
    "neither ASGI nor WSGI",
}
_ASK: Final = "say what it is: --as asgi, --as wsgi, --as function or --as lambda"
_LAMBDA: Final = ("event", "context")
_WHOLE: Final = 3


@dataclass(frozen=True, slots=True)
class Parameters:
    """
    What a callable can be called with.

    Attributes:
        needed: Names of the parameters without a default, in order.
        accepted: Names of all of them, in order.
        open: Whether it takes any number of arguments.
    """

    needed: tuple[str, ...]
    accepted: tuple[str, ...]
    open: bool


def find_kind(found: object, where: str) -> Kind:
    """
    Tell what an object is.

    Args:
        found: What the target's text named.
        where: That text, for messages.

    Raises:
        UsageError: It is nothing that can be called, or it could be several things.
    """
    advise(found, where)
    if not callable(found):
        what, expected = "the target cannot be called", "an application or a function"
        raise UsageError(what, where=where, expected=expected, found=describe(found))
    parameters = parameters_of(found)
    for names in (parameters.needed, parameters.accepted):
        if not parameters.open and names in SHAPES:
            return SHAPES[names]
    raise _doubt(found, where, parameters)


def is_double(app: Callable[..., Any]) -> bool:
    """
    Whether an ASGI application is of version 2: it takes the scope alone first.
    """
    parameters = parameters_of(app)
    most = len(parameters.accepted)
    return not parameters.open and most < _WHOLE and len(parameters.needed) <= 1


def advise(found: object, where: str) -> None:
    """
    Turn away what is known and cannot be called directly.

    Raises:
        UsageError: Saying what to do instead.
    """
    for kind in type(found).__mro__:
        cure = ADVICE.get((kind.__module__, kind.__name__))
        if cure is not None:
            what = "the target cannot be called in this process"
            raise UsageError(what, where=where, found=describe(found), cure=cure)


def parameters_of(found: Callable[..., Any]) -> Parameters:
    """
    Read the parameters of a callable: of a decorated one those of what it wraps.
    """
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return Parameters((), (), open=True)
    named = [
        one
        for one in signature.parameters.values()
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    some = any(one.kind is one.VAR_POSITIONAL for one in signature.parameters.values())
    needed = tuple(one.name.lstrip("_") for one in named if one.default is one.empty)
    return Parameters(needed, tuple(one.name.lstrip("_") for one in named), open=some)


def _doubt(found: object, where: str, parameters: Parameters) -> UsageError:
    shown, needed = describe(found), parameters.needed
    if not needed and not parameters.open:
        return UsageError(
            "the target takes no arguments",
            where=where,
            expected="an application or a function, not what makes one",
            found=shown,
            cure="if it makes the application, write `app = …()` into the module and name `app`",
        )
    takes = ", ".join(needed) + (", *args" if parameters.open else "")
    if needed[:2] == _LAMBDA:
        cure = "add --as lambda if it is an AWS Lambda handler"
        return UsageError("what the target is, is in doubt", where=where, found=shown, cure=cure)
    return UsageError(
        "what the target is, is in doubt",
        where=where,
        expected="scope, receive, send or environ, start_response or body, headers",
        found=f"{shown}, which takes ({takes.removeprefix(', ')})",
        cure=_ASK,
    )


def describe(found: object) -> str:
    """
    Name an object in words.
    """
    kind = type(found)
    if inspect.isfunction(found) or inspect.isclass(found):
        return f"{'class' if inspect.isclass(found) else 'function'} {found.__qualname__}"
    return f"an object of {kind.__module__}.{kind.__qualname__}"
