"""
The options of a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from seamproof.environment import ENDPOINT_VARIABLE, SECRET_VARIABLE
from seamproof.statuses import SUCCESS
from seamproof.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seamproof.schemas import Catalogue
    from seamproof.signing import Secret

Kind: TypeAlias = Literal["asgi", "wsgi", "function", "lambda", "lambda-v1", "url"]
#: How many events fuzzing draws for each family of event types, if no option says otherwise.
DEFAULT_MAX_EXAMPLES: Final = 200
#: Seconds of a run, if no option says otherwise.
DEFAULT_MAX_TIME: Final = 30.0
#: `http://…`, `module:app` or `module:function`; or the application or function itself.
Handler: TypeAlias = "str | Callable[..., object]"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """
    Which checks run, and with which events.

    Attributes:
        seed: Decides what is sampled and drawn; the same seed repeats a run.
        accept: The statuses with which a genuine delivery may be answered.
        events: A glob over the event types that are sent.
        expect: Globs over the event types that must have an effect.
        overrides: `path=value`, set in every event that has the property.
        select: Ids or globs of the checks that run; all of them by default.
        ignore: Ids or globs of checks that do not run.
        max_examples: How many events fuzzing draws for each family of event types and kind of
            values.
        rate: Requests per second that are sent at most; None sets no pace.
        max_time: Seconds after which nothing more is sent; by default 30.
        max_failures: How many checks may fail before the run ends; None is all.
        thorough: Whether to send everything, however long it takes, unless `max_time` says.
        settle: Seconds that the handler gets for late work before its state is read; None measures
            how long it takes.
        quick: Whether to send one request of each kind only.
        catalogue: The contract; None is the one that comes with seamproof.
    """

    seed: int
    accept: tuple[range, ...] = (SUCCESS,)
    events: str = "*"
    expect: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    max_examples: int = DEFAULT_MAX_EXAMPLES
    max_time: float | None = None
    max_failures: int | None = None
    rate: float | None = None
    thorough: bool = False
    settle: float | None = None
    quick: bool = False
    catalogue: Catalogue | None = None

    @property
    def time_limit(self) -> float | None:
        """
        Seconds after which nothing more is sent; None sets no end.
        """
        if self.max_time is None and not self.thorough:
            return DEFAULT_MAX_TIME
        return self.max_time

    def accepts(self, status: int | None) -> bool:
        """
        Whether a status counts as delivered.
        """
        return any(status in accepted for accepted in self.accept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(CheckOptions):
    """
    Which checks run, with which events and which secret: what `run_battery` needs.

    Attributes:
        secret: The signing secret that the handler knows.
    """

    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(CheckOptions):
    """
    All options of a run. `runner.resolve` makes them, the same for each way to start a run.

    Attributes:
        target: The handler.
        name: The target as the user named it, without a password.
        kind: What the target is, where that cannot be detected.
        path: The path of the webhook in an application.
        app_dir: Where modules are looked for first.
        secret: The signing secret; None is that of the environment, or a new one for a target
            in this process.
        secret_env: The variable in which the handler looks for its secret.
        state: Returns the handler's state: a URL, `module:function`, or a function.
        breaker: Makes the handler's dependency fail: a URL, `module:function`, or a function.
        world: The resources of the Seam API that the handler gets to call: the name of a ready
            world, or a file; None gives it none.
        seam_endpoint_env: The variable in which the handler looks for the URL of that API.
        catch_up: Makes the handler fetch the events that it has missed: a URL, `module:function`,
            or a function.
        expected_failures: By the id of a check that is expected to fail, the reason.
        strict: Whether warnings and what is inconclusive fail the run as well.
        allow_remote: Whether a URL may lead to another machine.
    """

    target: Handler
    name: str = ""
    kind: Kind | None = None
    path: str | None = None
    app_dir: str = "."
    secret: Secret | None = field(default=None, repr=False)
    secret_env: str = SECRET_VARIABLE
    state: str | Callable[[], object] | None = None
    breaker: str | Callable[[bool], object] | None = None
    world: str | None = None
    seam_endpoint_env: str = ENDPOINT_VARIABLE
    catch_up: str | Callable[[], object] | None = None
    expected_failures: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    allow_remote: bool = False

    @property
    def is_url(self) -> bool:
        """
        Whether the target is a URL.
        """
        return is_url(self.target)

    @property
    def can_be_replayed(self) -> bool:
        """
        Whether a command can open the same handler: objects in memory have no name.
        """
        sources = (self.target, self.state, self.breaker, self.catch_up)
        return all(source is None or isinstance(source, str) for source in sources)

    def settings(self, secret: Secret) -> Settings:
        """
        Take what the checks need, with the secret of the opened handler.
        """
        shared = {one.name: getattr(self, one.name) for one in fields(CheckOptions)}
        return Settings(secret=secret, **shared)
