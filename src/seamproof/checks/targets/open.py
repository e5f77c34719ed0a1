"""
Opens a target: from its text, or an object, to something that requests can be sent to.
"""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seamproof.checks.targets.adapters.asgi import AsgiTarget
from seamproof.checks.targets.adapters.aws_lambda import LambdaTarget
from seamproof.checks.targets.adapters.function import FunctionTarget
from seamproof.checks.targets.adapters.url import UrlTarget
from seamproof.checks.targets.adapters.wsgi import WsgiTarget
from seamproof.checks.targets.background import BackgroundWork
from seamproof.checks.targets.base import TargetContext
from seamproof.checks.targets.detect import describe, find_kind, is_asgi2, require_callable_kind
from seamproof.checks.targets.handler_thread import HandlerThread
from seamproof.checks.targets.importer import (
    import_name,
    importing_again,
    importing_from,
    split_name,
)
from seamproof.checks.targets.listeners import observed
from seamproof.checks.targets.process_hooks import watching
from seamproof.checks.targets.work.pending_work import PendingWork
from seamproof.environment import read_secret, secret_in_environment, unknown_secret
from seamproof.errors import OPTION, UsageError
from seamproof.mock_server import check_target
from seamproof.signing import Secret
from seamproof.urls import DEFAULT_PATH, is_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.checks.model.options import Kind
    from seamproof.checks.targets.base import Target

#: Seconds that an import may take.
_IMPORT_TIMEOUT: Final = 120.0


def _asgi(app: Callable[..., Any], context: TargetContext) -> Target:
    return AsgiTarget(app, context, version=2 if is_asgi2(app) else 3)


#: By kind, what makes a target of a callable.
KINDS: Final[dict[str, Callable[[Callable[..., Any], TargetContext], Target]]] = {
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
    Open a target, and shut it down afterwards.

    Until then a target in this process finds the secret in SEAM_WEBHOOK_SECRET, and its modules
    are imported from `app_dir` first.

    Args:
        text: `http://…`, `module:app` or `module:function`; or the application or function.
        kind: Its kind, where it cannot be detected.
        path: Of the webhook in an application; by default `/webhooks/seam`.
        app_dir: The directory from which modules are imported first, as for uvicorn.
        allow_remote: Whether a URL may lead to another machine.
        secret: The signing secret; by default that of SEAM_WEBHOOK_SECRET, and
            without one a new one for a target in this process.

    Raises:
        UsageError: The text names nothing that requests can be sent to, or something of
            several kinds; or a URL comes without a secret.
        RemoteTarget: A URL leads to another machine, which is not allowed.
        SecretInvalid: The secret is of the wrong form.
        TargetUnreachable: The target cannot be imported, or does not start.
    """
    validate_target(text, kind=kind, path=path, app_dir=app_dir, allow_remote=allow_remote)
    by_url = is_url(text)
    known = _secret(secret, by_url=by_url)
    with ExitStack() as stack:
        root = _root(app_dir) if isinstance(text, str) else Path.cwd()
        background = None if by_url else BackgroundWork(root, known)
        if background is not None:
            stack.enter_context(watching(background))
        thread = stack.enter_context(closing(HandlerThread()))
        if background is not None:
            background.thread = thread
        context = TargetContext(
            name=text if isinstance(text, str) else describe(text),
            thread=thread,
            secret=known,
            path=DEFAULT_PATH if path is None or by_url else path,
            root=root,
            background=background,
            pending_work=None if by_url else PendingWork(thread),
        )
        if isinstance(text, str):
            # The function that reads the state of a URL's handler may be in this directory, too.
            modules = stack.enter_context(importing_from(context.root, known))
        else:
            stack.enter_context(secret_in_environment(known))
        if by_url:
            url = _url(context.name, kind, path, allow_remote=allow_remote)
            target = observed(UrlTarget(url, context, allow_remote=allow_remote))
        elif isinstance(text, str):
            adapt = partial(_adapt, text, kind, context)
            target = observed(adapt(), partial(_adapt_again, adapt, context.root, modules))
        else:
            target = observed(_adapt(text, kind, context))
        stack.callback(target.close)
        yield target


def _secret(given: Secret | str | None, *, by_url: bool) -> Secret:
    if isinstance(given, Secret):
        return given
    found = read_secret(given or None)
    if found:
        return found
    if by_url:
        raise unknown_secret()
    return Secret.generate()


def validate_target(
    text: str | Callable[..., Any],
    *,
    kind: Kind | None = None,
    path: str | None = None,
    app_dir: str | Path = ".",
    allow_remote: bool = False,
) -> None:
    """
    Validate the description of a target, before anything is imported or sent.

    Arguments and errors are those of `open_target`.
    """
    if is_url(text):
        _url(text, kind, path, allow_remote=allow_remote)
    else:
        if isinstance(text, str):
            split_name(text)
        if path is not None and not path.startswith("/"):
            what = "a path begins with a slash"
            raise UsageError(what, expected=f"/{path}", found=path, option="path")
    _root(app_dir)


def _url(text: str, kind: Kind | None, path: str | None, *, allow_remote: bool) -> str:
    if kind not in (None, "url"):
        what, cure = "the kind of a URL makes no difference", f"leave {OPTION} out"
        raise UsageError(what, where=text, found=kind, cure=cure, option="kind")
    url = check_target(text, allow_remote=allow_remote)
    if path is not None:
        scheme, _, rest = url.partition("://")
        host, _, own = rest.partition("/")
        if own and f"/{own}" != path:
            what, cure = "the URL already has another path", f"leave {OPTION} out"
            raise UsageError(what, where=text, found=path, cure=cure, option="path")
        url = f"{scheme}://{host}{path}"
    return url


def _root(app_dir: str | Path) -> Path:
    root = Path(app_dir).resolve()
    if not root.is_dir():
        what = "the directory does not exist"
        raise UsageError(what, found=str(app_dir), option="app_dir")
    return root


def _adapt_again(adapt: Callable[[], Target], root: Path, known: frozenset[str]) -> Target:
    with importing_again(root, known):
        return adapt()


def _adapt(found: object, kind: Kind | None, context: TargetContext) -> Target:
    if isinstance(found, str):
        load = partial(import_name, found, context.root, context.secret)
        found = context.thread.call(load, timeout=_IMPORT_TIMEOUT)
    if kind is None or kind == "url":
        kind = find_kind(found, context.name)
    require_callable_kind(found, context.name)
    if not callable(found):
        what, expected = "the target cannot be called", "an application or a function"
        raise UsageError(what, where=context.name, expected=expected, found=type(found).__name__)
    return KINDS[kind](found, context)
