"""
Imports what a user names, as if the program had been started in the directory of that code.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module, invalidate_caches
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING

from seamproof.checks.targets.tracebacks import (
    class_of,
    is_user_code,
    place_of,
    text_of,
    without_secret,
)
from seamproof.environment import secret_in_environment
from seamproof.errors import OPTION, TargetUnreachable, UsageError, nearest_names
from seamproof.urls import EXAMPLE_URL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from seamproof.signing import Secret


def split_name(text: str) -> tuple[str, str]:
    """
    Split `module:attribute` into its two parts.

    Raises:
        UsageError: It is not of that form; suggests what was likely meant.
    """
    module, _, attribute = text.partition(":")
    if _is_dotted(module) and _is_dotted(attribute) and not module.endswith(".py"):
        return module, attribute
    what = "this is neither a URL nor module:name"
    expected = f"{EXAMPLE_URL}, or package.module:app"
    raise UsageError(what, expected=expected, found=text, cure=_suggestion(text))


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _suggestion(text: str) -> str:
    module, _, attribute = text.partition(":")
    if attribute.partition("/")[0].isdecimal():
        return f"did you mean http://{text}?"
    dotted = module.removesuffix(".py").removeprefix("./").strip("/").replace("/", ".")
    if _is_dotted(dotted) and (not attribute or _is_dotted(attribute)):
        return f"did you mean {dotted}:{attribute or 'app'}?"
    return "name the module and, after a colon, what is in it"


def import_name(text: str, root: Path, secret: Secret) -> object:
    """
    Import `module:attribute`.

    Args:
        text: The name.
        root: The directory that places in messages are relative to.
        secret: What must not appear in a message.

    Raises:
        UsageError: The text is not of that form.
        TargetUnreachable: There is no such module or attribute, or importing it fails;
            names the line of the user's own code.
    """
    module, attribute = split_name(text)
    invalidate_caches()
    try:
        found: object = import_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise _import_error(error, module, root, secret) from None
    for name in attribute.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            what = f"the module {module} has no {attribute}"
            raise TargetUnreachable(what, where=text, cure=_nearest(found, name)) from None
    return found


def _import_error(
    error: BaseException, module: str, root: Path, secret: Secret
) -> TargetUnreachable:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing and f"{module}.".startswith(f"{missing}."):
        what = f"there is no module {missing}"
        cure = f"looked in {root} first: {OPTION} names another directory"
        return TargetUnreachable(what, where=module, cure=cure, option="app_dir")
    place = place_of(error, root) if _is_in_user_code(error) else module
    message = text_of(error)
    found = f"{class_of(error)}: {message}" if message else class_of(error)
    what = "the target cannot be imported"
    return TargetUnreachable(what, where=place, found=without_secret(found, secret))


def _is_in_user_code(error: BaseException) -> bool:
    files = [getattr(error, "filename", None)]
    files += [frame.f_code.co_filename for frame, _ in walk_tb(error.__traceback__)]
    return any(isinstance(file, str) and is_user_code(file) for file in files)


def _nearest(found: object, name: str) -> str:
    close = nearest_names(name, [one for one in dir(found) if not one.startswith("_")])
    return f"did you mean {' or '.join(close)}?" if close else "name what the module defines"


@contextmanager
def importing_from(root: Path, secret: Secret) -> Iterator[frozenset[str]]:
    """
    Import modules from a directory first, with the secret in the environment.

    Afterwards the path and the environment are as before, and the modules of that directory are
    removed from `sys.modules`: they may have read the secret, and the modules of the next target
    may have the same names.

    Args:
        root: The directory.
        secret: What SEAM_WEBHOOK_SECRET is set to.

    Yields:
        The names of the modules that were imported before.
    """
    known, entry = frozenset(sys.modules), str(root)
    sys.path.insert(0, entry)
    try:
        with secret_in_environment(secret):
            yield known
    finally:
        if entry in sys.path:
            sys.path.remove(entry)
        _remove_own_modules(root, known)


@contextmanager
def importing_again(root: Path, known: frozenset[str]) -> Iterator[None]:
    """
    Let imports in the block load the modules of a directory again; keep them if it succeeds.

    Args:
        root: The directory.
        known: Modules that stay.
    """
    before = _remove_own_modules(root, known)
    try:
        yield
    except BaseException:
        _remove_own_modules(root, known)
        sys.modules.update(before)
        raise


def _remove_own_modules(root: Path, known: frozenset[str]) -> dict[str, ModuleType]:
    own = {}
    for name in sys.modules.keys() - known:
        file = getattr(sys.modules[name], "__file__", None)
        if file and is_user_code(file) and Path(file).resolve().is_relative_to(root):
            own[name] = sys.modules.pop(name)
    return own
