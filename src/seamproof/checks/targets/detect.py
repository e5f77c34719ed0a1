"""
Detects the kind of an object from its type and the names of its parameters.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import OPTION, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.options import Kind

#: The kind of a callable, by the names of the parameters that a call needs, without leading
#: underscores.
_KINDS_BY_PARAMETERS: Final[dict[tuple[str, ...], Kind]] = {
    ("scope", "receive", "send"): "asgi",
    ("scope",): "asgi",
    ("environ", "start_response"): "wsgi",
    ("env", "start_response"): "wsgi",
    ("body", "headers"): "function",
    ("headers", "body"): "function",
}
#: What to do with an object that cannot be called, by the module and name of its class.
_ADVICE: Final = {
    ("aiohttp.web_app", "Application"): "run it, for example by `aiohttp.web.run_app`, and give "
    "its URL: an aiohttp application is neither ASGI nor WSGI",
    ("tornado.web", "Application"): "run it and give its URL: a Tornado application is "
    "neither ASGI nor WSGI",
}
_NAME_THE_KIND: Final = f"name its kind with {OPTION}: asgi, wsgi, function or lambda"
_LAMBDA: Final = ("event", "context")
#: How many arguments an ASGI application of version 3 takes.
_ASGI_3: Final = 3


@dataclass(frozen=True, slots=True)
class CallParameters:
    """
    What a callable can be called with.

    Attributes:
        required: Names of the parameters without a default, in order.
        names: Names of all of them, in order.
        variadic: Whether it takes any number of arguments.
    """

    required: tuple[str, ...]
    names: tuple[str, ...]
    variadic: bool


def find_kind(found: object, where: str) -> Kind:
    """
    Detect the kind of an object.

    Args:
        found: What the target's text names.
        where: That text, for messages.

    Raises:
        UsageError: It cannot be called, or it could be of several kinds.
    """
    require_callable_kind(found, where)
    if not callable(found):
        what, expected = "the target cannot be called", "an application or a function"
        raise UsageError(what, where=where, expected=expected, found=describe(found))
    parameters = _parameters_of(found)
    for names in (parameters.required, parameters.names):
        if not parameters.variadic and names in _KINDS_BY_PARAMETERS:
            return _KINDS_BY_PARAMETERS[names]
    raise _ambiguous(found, where, parameters)


def is_asgi2(app: Callable[..., Any]) -> bool:
    """
    Whether an ASGI application is of version 2: it takes the scope alone first.
    """
    parameters = _parameters_of(app)
    most = len(parameters.names)
    return not parameters.variadic and most < _ASGI_3 and len(parameters.required) <= 1


def require_callable_kind(found: object, where: str) -> None:
    """
    Reject applications of frameworks that cannot be called directly.

    Raises:
        UsageError: It is one; says what to do instead.
    """
    for kind in type(found).__mro__:
        cure = _ADVICE.get((kind.__module__, kind.__name__))
        if cure is not None:
            what = "the target cannot be called in this process"
            raise UsageError(what, where=where, found=describe(found), cure=cure)


def _parameters_of(found: Callable[..., Any]) -> CallParameters:
    """
    Read the parameters of a callable; for a decorated one, of what it wraps.
    """
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return CallParameters((), (), variadic=True)
    named = [
        one
        for one in signature.parameters.values()
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    variadic = any(one.kind is one.VAR_POSITIONAL for one in signature.parameters.values())
    required = tuple(one.name.lstrip("_") for one in named if one.default is one.empty)
    names = tuple(one.name.lstrip("_") for one in named)
    return CallParameters(required, names, variadic=variadic)


def _ambiguous(found: object, where: str, parameters: CallParameters) -> UsageError:
    shown, required = describe(found), parameters.required
    if not required and not parameters.variadic:
        return UsageError(
            "the target takes no arguments",
            where=where,
            expected="an application or a function, not what makes one",
            found=shown,
            cure="if it makes the application, write `app = …()` into the module and name `app`",
        )
    takes = ", ".join(required) + (", *args" if parameters.variadic else "")
    what = "the kind of the target is ambiguous"
    if required[:2] == _LAMBDA:
        cure = f"name its kind with {OPTION}: lambda, if it is an AWS Lambda handler"
        return UsageError(what, where=where, found=shown, cure=cure, option="kind")
    return UsageError(
        what,
        where=where,
        expected="scope, receive, send or environ, start_response or body, headers",
        found=f"{shown}, which takes ({takes.removeprefix(', ')})",
        cure=_NAME_THE_KIND,
        option="kind",
    )


def describe(found: object) -> str:
    """
    Describe an object in words: `function receive`, `an object of flask.app.Flask`.
    """
    kind = type(found)
    if inspect.isfunction(found) or inspect.isclass(found):
        return f"{'class' if inspect.isclass(found) else 'function'} {found.__qualname__}"
    return f"an object of {kind.__module__}.{kind.__qualname__}"
