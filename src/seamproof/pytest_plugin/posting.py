"""
Posting a delivery with the test client that a suite has already.
"""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from seamproof.errors import UsageError
from seamproof.events import Delivery
from seamproof.pytest_plugin.delivering import event_type_of
from seamproof.pytest_plugin.telling import shortly

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from types import TracebackType


_KNOWN: Final = "a client of httpx, Starlette, FastAPI, Flask, Django or aiohttp"
_CURE: Final = "such as TestClient(app), app.test_client() or django.test.Client()"


def _content(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    return {"content": body, "headers": dict(headers), "follow_redirects": False}


def _data(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    return {"data": body, "headers": dict(headers)}


def _session(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    return {**_data(headers, body), "allow_redirects": False}


def _django(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    # It writes content-type by itself, and by another name than other headers.
    kept = {name: text for name, text in headers.items() if name != "content-type"}
    return {"data": body, "content_type": headers.get("content-type", ""), "headers": kept}


#: By the package that a client, or a class that it is made of, comes from. As from Svix, no
#: redirect is followed: where a client would follow one by itself, it is told not to.
WAYS: Final[Mapping[str, Callable[[Mapping[str, str], bytes], dict[str, Any]]]] = {
    "httpx": _content,
    "httpx2": _content,
    "werkzeug": _data,
    "quart": _data,
    "django": _django,
    "aiohttp": _session,
    "requests": _session,
}


class Poster:
    """
    Posts deliveries.

    Args:
        path: Of the webhook, where a test says nothing else.
        record: Is told the event type and the status of each, None where none came.
    """

    def __init__(self, path: str, record: Callable[[str, int | None], object]) -> None:
        self._path = path
        self._record = record

    def __repr__(self) -> str:
        return f"<seam_post to {self._path}>"

    @shortly
    def __call__(
        self,
        client: Any,  # noqa: ANN401 - whatever a suite has
        delivery: Delivery,
        path: str | None = None,
    ) -> Any:  # noqa: ANN401 - the client's own
        """
        Post a delivery, and hand on what the client answers.
        """
        __tracebackhide__ = True
        client, delivery = _in_order(client, delivery)
        target = _where(client, self._path if path is None else path)
        arguments = _way(client)(delivery.headers, delivery.body)

        def note(status: int | None) -> None:
            self._record(event_type_of(delivery) or "", status)

        try:
            answer = client.post(target, **arguments)
        except Exception:
            note(None)
            raise
        if hasattr(answer, "__aenter__") and inspect.isawaitable(answer):
            return Answering(answer, note)
        if inspect.isawaitable(answer):
            return _awaited(answer, note)
        note(status_of(answer))
        return answer


class Answering(Coroutine[Any, Any, Any]):
    """
    What an aiohttp client gives: awaited, or entered by `async with`.

    Args:
        answer: The client's own.
        note: Is told the status.
    """

    def __init__(self, answer: Any, note: Callable[[int | None], object]) -> None:  # noqa: ANN401 - the client's own
        self._answer = answer
        self._note = note
        self._awaited: Coroutine[Any, Any, Any] | None = None

    @property
    def _coroutine(self) -> Coroutine[Any, Any, Any]:
        if self._awaited is None:
            self._awaited = _awaited(self._answer, self._note)
        return self._awaited

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()

    def send(self, value: object, /) -> Any:  # noqa: ANN401 - as coroutines have it
        """
        Go on, as a coroutine.
        """
        return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:  # noqa: ANN401 - as coroutines have it
        """
        Go on with an error, as a coroutine.
        """
        return self._coroutine.throw(*error)

    def close(self) -> None:
        """
        End, as a coroutine.
        """
        if self._awaited is not None:
            self._awaited.close()
        self._answer.close()

    async def __aenter__(self) -> Any:  # noqa: ANN401 - the client's own
        response = await _awaited(self._answer.__aenter__(), self._note)
        return response  # noqa: RET504 - what is awaited is told

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:  # noqa: ANN401 - the client's own
        return await self._answer.__aexit__(kind, error, trace)


async def _awaited(answer: Any, note: Callable[[int | None], object]) -> Any:  # noqa: ANN401 - the client's own
    __tracebackhide__ = True
    try:
        response = await answer
    except Exception:
        note(None)
        raise
    note(status_of(response))
    return response


def status_of(response: object) -> int | None:
    """
    Read the status of whatever a client calls its response.
    """
    for name in ("status_code", "status"):
        status = getattr(response, name, None)
        if isinstance(status, int):
            return int(status)
    return None


def _in_order(client: object, delivery: object) -> tuple[Any, Delivery]:
    """
    Tell the client from the delivery, in whichever order they come.

    Raises:
        UsageError: None of them is a delivery.
    """
    if isinstance(client, Delivery) and not isinstance(delivery, Delivery):
        client, delivery = delivery, client
    if not isinstance(delivery, Delivery):
        what = "there is no delivery to be posted"
        expected = "a Delivery, as seam_delivery makes it"
        cure = 'seam_post(client, seam_delivery("lock.unlocked"))'
        if isinstance(delivery, list):
            cure = "post each delivery of the list by itself"
        found = type(delivery).__name__
        raise UsageError(what, where="seam_post", expected=expected, found=found, cure=cure)
    return client, delivery


def _where(client: object, path: object) -> str:
    if not isinstance(path, str) or not (path.startswith("/") or "://" in path):
        what, expected = "a path begins with a slash", "/webhooks/seam, or a whole URL"
        raise UsageError(what, where="seam_post", expected=expected, found=repr(path))
    base = getattr(client, "base_url", None)
    of_httpx = type(base).__module__.partition(".")[0] in ("httpx", "httpx2")
    if of_httpx and not str(base) and "://" not in path:
        what, cure = "the client has no base_url", 'add base_url="http://testserver"'
        raise UsageError(what, where="seam_post", found=f"only the path {path}", cure=cure)
    return path


def _way(client: object) -> Callable[[Mapping[str, str], bytes], dict[str, Any]]:
    """
    Tell how a client wants to be called: by what it is, or else by what `post` takes.
    """
    post = getattr(client, "post", None)
    for kind in type(client).__mro__ if callable(post) else ():
        way = WAYS.get(kind.__module__.partition(".")[0])
        if way is not None:
            return way
    names = _parameters(post)
    if "content" in names:
        return lambda headers, body: {"content": body, "headers": dict(headers)}
    if "data" in names and "headers" in names:
        return _data
    what = "this is no test client that is known"
    found = f"{type(client).__module__}.{type(client).__qualname__}"
    raise UsageError(what, where="seam_post", expected=_KNOWN, found=found, cure=_CURE)


def _parameters(function: object) -> set[str]:
    if not callable(function):
        return set()
    try:
        return {*inspect.signature(function).parameters}
    except (TypeError, ValueError):
        return set()
