"""
From a target's text to the target.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.targets.adapters.asgi import AsgiTarget
from seamproof.checks.targets.adapters.aws_lambda import LambdaTarget
from seamproof.checks.targets.adapters.function import FunctionTarget
from seamproof.checks.targets.adapters.handler_thread import Home
from seamproof.checks.targets.adapters.url import UrlTarget
from seamproof.checks.targets.adapters.wsgi import WsgiTarget
from seamproof.checks.targets.base import Place
from seamproof.checks.targets.detect import advise, describe, find_kind, is_double
from seamproof.checks.targets.importer import (
    import_name,
    importing_from,
    split_name,
)
from seamproof.checks.targets.listeners import overheard
from seamproof.environment import SECRET_VARIABLE, read_secret, secret_in_environment
from seamproof.errors import UsageError
from seamproof.mock_server import check_target
from seamproof.signing import Secret
from seamproof.urls import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.targets.base import Kind, Target


def _asgi(app: Callable[..., Any], place: Place) -> Target:
    return AsgiTarget(app, place, double=is_double(app))


#: What makes a target of a callable, by what `--as` says.
KINDS: Final[dict[str, Callable[[Callable[..., Any], Place], Target]]] = {
    "asgi": _asgi,
    "wsgi": WsgiTarget,
    "function": FunctionTarget,
    "lambda": LambdaTarget,
    "lambda-v1": partial(LambdaTarget, version="1.0"),
}


@contextmanager
def open_target(
    text: str | Callable[..., Any],
    *,
    kind: Kind | None = None,
    path: str | None = None,
    app_dir: str | Path = ".",
    allow_remote: bool = False,
    secret: Secret | str | None = None,
) -> Iterator[Target]:
    """
    Find out what a text names or what somebody has in hand, get it ready, and shut it down.

    Until then the secret stands in SEAM_WEBHOOK_SECRET for a target in this process,
    and its modules are looked for in `app_dir` first.

    Args:
        text: `http://…`, `module:app` or `module:function`; or the application or function.
        kind: What it is, where it cannot be told.
        path: Of the webhook in an application; by default `/webhooks/seam`.
        app_dir: Where modules are looked for first, as uvicorn has it.
        allow_remote: Whether a URL may lead to another machine.
        secret: The signing secret; by default that of SEAM_WEBHOOK_SECRET, and
            without one a new one for a target in this process.

    Raises:
        UsageError: The text names nothing that can be sent to, or something that
            could be several things; or a URL comes without a secret.
        RemoteTarget: A URL leads to another machine, and nobody allowed that.
        SecretInvalid: The secret is of the wrong form.
        TargetUnreachable: The target cannot be imported, or does not start.
    """
    with ExitStack() as stack:
        if not isinstance(text, str):
            make = partial(_in_hand, text, kind, path, stack)
        elif "://" in text:
            make = partial(_by_url, text, kind, path, app_dir, stack, allow_remote=allow_remote)
        else:
            split_name(text)
            make = partial(_in_process, text, kind, path, Path(app_dir), stack)
        by_url = isinstance(text, str) and "://" in text
        target = make(_secret(secret, url=by_url), stack.enter_context(_home()))
        stack.callback(target.close)
        yield overheard(target)


@contextmanager
def _home() -> Iterator[Home]:
    home = Home()
    try:
        yield home
    finally:
        home.close()


def _secret(given: Secret | str | None, *, url: bool) -> Secret:
    if isinstance(given, Secret):
        return given
    found = read_secret(given or None)
    if found:
        return found
    if url:
        what = "the secret of the handler behind the URL is not known"
        cure = f"add --secret whsec_…, or set {SECRET_VARIABLE}"
        raise UsageError(what, cure=cure)
    return Secret.generate()


def check_place(
    text: str | Callable[..., Any],
    *,
    kind: Kind | None = None,
    path: str | None = None,
    app_dir: str | Path = ".",
    allow_remote: bool = False,
) -> None:
    """
    See whether a target can be as it is named, before anything is imported or sent.

    Arguments and errors are those of `open_target`.
    """
    if isinstance(text, str) and "://" in text:
        _url(text, kind, path, allow_remote=allow_remote)
        _root(app_dir)
        return
    if isinstance(text, str):
        split_name(text)
    _root(app_dir)
    _path(path)


def _url(text: str, kind: Kind | None, path: str | None, *, allow_remote: bool) -> str:
    if kind not in (None, "url"):
        what = "a URL is sent to as it is: what serves it makes no difference"
        raise UsageError(what, where=text, found=f"--as {kind}", cure="leave --as out")
    url = check_target(text, allow_remote=allow_remote)
    if path is not None:
        scheme, _, rest = url.partition("://")
        host, _, own = rest.partition("/")
        if own and f"/{own}" != path:
            what = "the URL has a path, and --path names another one"
            raise UsageError(what, where=text, found=path, cure="leave --path out")
        url = f"{scheme}://{host}{path}"
    return url


def _root(app_dir: str | Path) -> Path:
    root = Path(app_dir).resolve()
    if not root.is_dir():
        what = "the directory does not exist"
        raise UsageError(what, where="--app-dir", found=str(app_dir))
    return root


def _path(path: str | None) -> str:
    if path is not None and not path.startswith("/"):
        what, cure = "a path begins with a slash", f"--path /{path}"
        raise UsageError(what, where="--path", found=path, cure=cure)
    return DEFAULT_PATH if path is None else path


def _by_url(
    text: str,
    kind: Kind | None,
    path: str | None,
    app_dir: str | Path,
    stack: ExitStack,
    secret: Secret,
    home: Home,
    *,
    allow_remote: bool,
) -> Target:
    url, root = _url(text, kind, path, allow_remote=allow_remote), _root(app_dir)
    # What looks at its state may be a function of a module here.
    stack.enter_context(importing_from(root, secret))
    return UrlTarget(url, Place(name=text, home=home, secret=secret, root=root))


def _in_process(
    text: str,
    kind: Kind | None,
    path: str | None,
    app_dir: Path,
    stack: ExitStack,
    secret: Secret,
    home: Home,
) -> Target:
    root, path = _root(app_dir), _path(path)
    stack.enter_context(importing_from(root, secret))
    found = home.call(partial(import_name, text, root, secret), timeout=_IMPORT)
    place = Place(name=text, home=home, secret=secret, path=path, root=root)
    return _as_kind(found, kind, place)


def _in_hand(
    found: object,
    kind: Kind | None,
    path: str | None,
    stack: ExitStack,
    secret: Secret,
    home: Home,
) -> Target:
    path = _path(path)
    stack.enter_context(secret_in_environment(secret))
    return _as_kind(found, kind, Place(name=describe(found), home=home, secret=secret, path=path))


def _as_kind(found: object, kind: Kind | None, place: Place) -> Target:
    if kind is None or kind == "url":
        kind = find_kind(found, place.name)
    advise(found, place.name)
    if not callable(found):
        what, expected = "the target cannot be called", "an application or a function"
        raise UsageError(what, where=place.name, expected=expected, found=type(found).__name__)
    return KINDS[kind](found, place)


#: Seconds that an import may take.
_IMPORT: Final = 120.0
