"""
What the fixtures give, as types for whoever annotates a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal

    from seamproof.checks import Report
    from seamproof.checks.targets.target import Kind
    from seamproof.events import Delivery as Signed
    from seamproof.events import Event
    from seamproof.mock_server import MockServer
    from seamproof.mock_server.clocks import Clock
    from seamproof.mock_server.schedules import Like
    from seamproof.pytest_plugin.delivering import Delivery
    from seamproof.schemas import Catalogue
    from seamproof.signing import Secret


class SampleFactory(Protocol):
    """
    Makes a valid event of a type, with any of its properties set.
    """

    def __call__(self, event_type: str, /, **overrides: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        """
        Make one.

        Args:
            event_type: Its exact name.
            overrides: Properties and their values.

        Raises:
            UnknownEventType: With the nearest names.
            UnknownProperty: The event type has no such property; names those it has.
            UsageError: The contract does not allow the value.
        """


class DeliveryFactory(Protocol):
    """
    Makes signed deliveries.
    """

    @overload
    def __call__(self, event: str | Mapping[str, Any] | Event, /, **overrides: Any) -> Delivery: ...  # noqa: ANN401 - any JSON value
    @overload
    def __call__(
        self,
        event: Sequence[Mapping[str, Any] | Event],
        /,
        **overrides: Any,  # noqa: ANN401 - as above
    ) -> list[Delivery]: ...

    def each(
        self,
        events: str | Mapping[str, Any] | Event | Sequence[Mapping[str, Any] | Event],
        /,
        **overrides: Any,  # noqa: ANN401 - any JSON value
    ) -> list[Delivery]:
        """
        Make a list, whether one or many are meant.
        """


class Post(Protocol):
    """
    Posts a delivery with whatever test client it is given.
    """

    def __call__(self, client: Any, delivery: Signed, path: str | None = None) -> Any:  # noqa: ANN401 - the client's own
        """
        Post it.

        Args:
            client: httpx's (synchronous or not), Starlette's, FastAPI's, Flask's, Django's,
                aiohttp's, or one with the same `post`.
            delivery: What is posted, to the byte.
            path: Of the webhook, or its URL; by default `seamproof_path` of the ini file, or
                `/webhooks/seam`.

        Returns:
            The client's own response; from a client that is awaited, what to await.

        Raises:
            UsageError: The client has no `post` that is known, or there is no delivery.
        """


class MockServerFactory(Protocol):
    """
    Starts a mock server of one's own, which is stopped at the end of the session.
    """

    def __call__(  # noqa: PLR0913 - those of MockServer
        self,
        *,
        schedule: str = "seam",
        clock: Literal["real", "manual"] | Clock = "manual",
        jitter: float = 0.2,
        seed: int | str | None = None,
        secret: Secret | str | None = None,
        database: str = ":memory:",
        like: Like = "cloud",
        timeout: float | None = None,
        allow_hosts: Sequence[str] = (),
        gone_disables: bool = False,
        catalogue: Catalogue | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
    ) -> MockServer:
        """
        Start one; the arguments are those of `MockServer`.
        """


class CheckRunner(Protocol):
    """
    Runs the battery on a handler, and fails the test with the report.
    """

    def __call__(  # noqa: PLR0913 - each has a default and a name
        self,
        target: str | Callable[..., Any],
        /,
        *,
        select: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
        path: str | None = None,
        kind: Kind | None = None,
        state: str | Callable[[], Any] | None = None,
        breaker: str | Callable[[bool], object] | None = None,
        accept: str = "200-299",
        events: str = "*",
        overrides: Mapping[str, Any] | Sequence[str] = (),
        quick: bool = False,
        max_examples: int = 200,
        max_time: float | None = None,
        seed: int | None = None,
        strict: bool = False,
        catalog: str | None = None,
        app_dir: str | None = None,
        allow_remote: bool = False,
    ) -> Report:
        """
        Run it. The arguments are the options of `seamproof check`.

        Args:
            target: The application or function in hand; or `module:app`, `module:function`, or
                a URL.
            select: Ids or globs of the checks that run.
            ignore: Ids or globs of checks that do not.
            path: Of the webhook in an application; by default `seamproof_path` of the ini
                file, or `/webhooks/seam`.
            kind: What the target is, where that cannot be told.
            state: Tells the handler's state: a function without arguments, or its name.
            breaker: Breaks and mends what the handler depends on: a function of a boolean.
            accept: The statuses with which a genuine delivery may be answered.
            events: A glob over the event types that are sent.
            overrides: Values by path, put into the events that have the property.
            quick: Whether to send one of each only.
            max_examples: Of the fuzzing, for each family of event types.
            max_time: Seconds after which nothing more is sent.
            seed: By default that of the test's id.
            strict: Whether warnings fail as well.
            catalog: A directory of schemas of one's own; by default `seamproof_catalog`.
            app_dir: Where modules are looked for first; by default as for the battery's items.
            allow_remote: Whether a URL may lead to another machine.

        Returns:
            The report, without any secret in it.

        Raises:
            pytest.fail.Exception: The handler falls short; tells how.
            UsageError: An argument cannot be used as given.
            TargetUnreachable: The target cannot be reached or imported.
        """
