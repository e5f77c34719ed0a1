"""
Where in a user's own code an exception was raised, or a task stands.
"""

from __future__ import annotations

import sys
import sysconfig
import traceback
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from seamproof.checks.model.exchange import Escaped
from seamproof.checks.targets.validation_details import validation_details

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Callable
    from types import FrameType

    from seamproof.signing import Secret

_T = TypeVar("_T")

#: The lines of the user's own code at which something stands, as code and instruction.
Position: TypeAlias = "tuple[tuple[object, int], ...]"

_SEAMPROOF: Final = Path(__file__).parents[2]
_PYTHON: Final = tuple(
    str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "platstdlib")
)
_INSTALLED: Final = ("site-packages", "dist-packages")
#: Characters of a message that are kept.
_MAX_MESSAGE: Final = 2_000
#: Frames of a traceback that are shown, the innermost ones: an endless recursion has a thousand.
_MAX_FRAMES: Final = 60
#: What is shown of an exception that cannot be converted to text.
_UNPRINTABLE: Final = "‹its text raises an exception›"


def escaped_exception(error: BaseException, root: Path, secret: Secret) -> Escaped:
    """
    Describe an exception that left a handler.

    Args:
        error: The exception; a group of one stands for the one.
        root: The directory that the place is relative to.
        secret: What must not appear in the description.
    """
    error = ungrouped(error)
    # Redacted before it is cut: of a secret that is cut in two, the half would be left.
    kind, message = class_of(error), without_secret(text_of(error), secret)[:_MAX_MESSAGE]
    trace = attempt(lambda: _trace_of(error), f"{kind}: {message}")
    no_details: tuple[str, ...] = ()
    details = attempt(lambda: validation_details(error), no_details)
    return Escaped(
        kind=kind,
        message=message,
        place=place_of(error, root),
        trace=without_secret(trace, secret),
        details=tuple(without_secret(one, secret) for one in details),
    )


def attempt(function: Callable[[], _T], default: _T) -> _T:
    """
    Call a function that runs code of the handler, such as a property; use a default if it fails.
    """
    try:
        return function()
    except KeyboardInterrupt:
        raise
    except BaseException:
        return default


def text_of(value: object) -> str:
    """
    Convert a value of the handler to text; its `__str__` may raise, or return no plain text.
    """
    return attempt(lambda: str.__str__(str(value)), _UNPRINTABLE)


def _trace_of(error: BaseException) -> str:
    frames = sum(1 for _ in traceback.walk_tb(error.__traceback__))
    limit = -_MAX_FRAMES if frames > _MAX_FRAMES else None
    return "".join(traceback.format_exception(error, limit=limit))


def ungrouped(error: BaseException) -> BaseException:
    """
    Unwrap an exception from the groups of one that frameworks put it into.
    """
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def class_of(error: BaseException) -> str:
    """
    Name the class of an exception, with its module where that is not builtins.
    """
    kind = type(error)
    module = attempt(lambda: text_of(kind.__module__), "")
    name = attempt(lambda: text_of(kind.__qualname__), "") or type.__dict__["__name__"].__get__(
        kind
    )
    return name if module in ("", "builtins") else f"{module}.{name}"


def place_of(error: BaseException, root: Path) -> str:
    """
    Find `file:line` of the innermost frame in the user's own code.

    For a syntax error it is where the error is, and for an endless recursion the line that
    occurs most often. If no frame is the user's, it is the innermost one of all.
    """
    if isinstance(error, SyntaxError):
        file = error.filename
        if isinstance(file, str) and file and is_user_code(file):
            return f"{relative_to(file, root)}:{error.lineno or 1}"
    frames = [
        (frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    own = [(name, line) for name, line in frames if is_user_code(name)]
    if not frames:
        return ""
    name, line = (own or frames)[-1]
    if isinstance(error, RecursionError) and own:
        ((name, line), _), *_ = Counter(own).most_common(1)
    return f"{relative_to(name, root)}:{line}"


@lru_cache(maxsize=4096)
def is_user_code(file: str) -> bool:
    """
    Whether a file is neither Python's, nor installed, nor seamproof's.
    """
    if file.startswith("<"):
        return False
    path = Path(file).resolve()
    if any(part in _INSTALLED for part in path.parts) or path.is_relative_to(_SEAMPROOF):
        return False
    return not any(path.is_relative_to(one) for one in _PYTHON)


def is_user_frame(frame: FrameType) -> bool:
    """
    Whether a frame runs the user's own code.
    """
    return is_user_code(frame.f_code.co_filename)


def position_of(task: Task[Any]) -> Position:
    """
    Find where in the user's own code a task stands; empty if it is not in that code.
    """
    found = []
    awaited: object = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is not None and is_user_frame(frame):
            found.append((frame.f_code, frame.f_lasti))
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return tuple(found)


def without_secret(text: str, secret: Secret) -> str:
    """
    Redact a secret in a text.
    """
    return text.replace(secret.reveal(), "whsec_…")


def relative_to(file: str, root: Path) -> str:
    """
    Write the path of a file as the user knows it: from a directory, or from where it is imported.
    """
    path = Path(file).resolve()
    imported_from = (Path(one).resolve() for one in sys.path if one)
    for base in (root.resolve(), Path.cwd(), *imported_from):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.as_posix()
