"""
Where in a user's own code an exception was raised.
"""

from __future__ import annotations

import sys
import sysconfig
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.exchange import Escaped

if TYPE_CHECKING:
    from seamproof.signing import Secret

_SEAMPROOF: Final = Path(__file__).parents[2]
_PYTHON: Final = tuple(
    str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "platstdlib")
)
_INSTALLED: Final = ("site-packages", "dist-packages")
#: Characters of a message that are kept.
_MAX_MESSAGE: Final = 2_000


def escaped_exception(error: BaseException, root: Path, secret: Secret) -> Escaped:
    """
    Describe an exception that left a handler.

    Args:
        error: The exception; a group of one stands for the one.
        root: The directory that the place is relative to.
        secret: What must not appear in the description.
    """
    error = ungrouped(error)
    trace = "".join(traceback.format_exception(error))
    return Escaped(
        kind=class_of(error),
        message=without_secret(str(error)[:_MAX_MESSAGE], secret),
        place=place_of(error, root),
        trace=without_secret(trace, secret),
    )


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
    prefix = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return prefix + kind.__qualname__


def place_of(error: BaseException, root: Path) -> str:
    """
    Find `file:line` of the innermost frame in the user's own code.

    For a syntax error it is where the error is. If no frame is the user's, it is the innermost
    one of all.
    """
    if isinstance(error, SyntaxError) and error.filename and is_user_code(error.filename):
        return f"{_relative(error.filename, root)}:{error.lineno or 1}"
    frames = [
        (frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    own = [(name, line) for name, line in frames if is_user_code(name)]
    if not frames:
        return ""
    name, line = (own or frames)[-1]
    return f"{_relative(name, root)}:{line}"


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


def without_secret(text: str, secret: Secret) -> str:
    """
    Redact a secret in a text.
    """
    return text.replace(secret.reveal(), "whsec_…")


def _relative(file: str, root: Path) -> str:
    path = Path(file).resolve()
    imported_from = (Path(one).resolve() for one in sys.path if one)
    for base in (root.resolve(), Path.cwd(), *imported_from):
        if path.is_relative_to(base):
            return path.relative_to(base).as_posix()
    return path.as_posix()
