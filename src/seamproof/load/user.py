"""
A Locust user that sends signed events.
"""

from __future__ import annotations

import secrets as entropy
from collections import deque
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final
from weakref import WeakKeyDictionary

from seamproof.load.extra import require_locust

require_locust()

# Replaces parts of the standard library, and so comes before what uses them.
from locust import FastHttpUser, task  # noqa: E402, I001
import time  # noqa: E402

import gevent  # noqa: E402
from locust.exception import StopTest  # noqa: E402

from seamproof.environment import SECRET_VARIABLE, read_secrets  # noqa: E402
from seamproof.errors import SeamproofError, UsageError  # noqa: E402
from seamproof.load.messages.mix import Mix  # noqa: E402
from seamproof.load.messages.stream import EventStream  # noqa: E402
from seamproof.load.sending import TIMEOUT, NotDelivered, Sent, SignedSender  # noqa: E402
from seamproof.urls import DEFAULT_PATH  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locust.env import Environment

    from seamproof.load.messages.stream import SignableMessage
    from seamproof.signing import Secret

#: Messages after which one is sent again under its id.
_DISTANCE: Final = 10


class _Messages:
    """
    The messages that the users of one worker share, each sent by one of them.
    """

    def __init__(self, stream: EventStream) -> None:
        self.stream = stream
        self._numbers = count()
        self._again: deque[SignableMessage] = deque()

    def take(self) -> SignableMessage:
        """
        Take the next message.
        """
        return self.stream.message(next(self._numbers))

    def remember(self, message: SignableMessage) -> None:
        """
        Send a message again later.
        """
        self._again.append(message)

    def due_again(self) -> SignableMessage | None:
        """
        Take a message that is to be sent again, once enough others were sent.
        """
        return self._again.popleft() if len(self._again) > _DISTANCE else None


class SeamUser(FastHttpUser):
    """
    Sends events as Seam does: signed at the moment of sending, without following redirects.

    A subclass gives `host`, and perhaps tasks of its own; without them each task sends the next
    event. Statistics are by event type. Whatever is not answered with 2xx within Seam's time-out is
    a failure.

    Attributes:
        path: Of the webhook, after `host`.
        secret: The signing secret, or several; by default those of the environment.
        mix: What is sent: a `Mix`, a table that `Mix.of` reads, or the path of a file; by default
            each documented event type equally often.
        seed: Event `k` of a worker is a function of the seed, the worker and `k`; by default the
            seed is random.
        allow_remote: Whether `host` may be another machine.
        timeout: Seconds until an attempt without a response fails.
    """

    abstract = True

    path: ClassVar[str] = DEFAULT_PATH
    secret: ClassVar[str | Secret | tuple[str | Secret, ...] | None] = None
    mix: ClassVar[Mix | Mapping[str, Any] | str | Path] = Mix()
    seed: ClassVar[int | str | None] = None
    allow_remote: ClassVar[bool] = False
    timeout: ClassVar[float] = TIMEOUT

    _shared: ClassVar[WeakKeyDictionary[Environment, dict[type, _Messages]]] = WeakKeyDictionary()

    def __init_subclass__(cls, **given: Any) -> None:
        """
        Leave out the task of this class where a subclass has its own.
        """
        super().__init_subclass__(**given)
        own = [one for one in cls.tasks if one is not SeamUser.send_next]
        cls.tasks = own or cls.tasks

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        try:
            self._sender = self._open_sender()
            self._messages = self._messages_of(environment)
        except SeamproofError as problem:
            # Locust shows the message and ends the run, by itself with status 0.
            environment.process_exit_code = problem.exit_status
            raise StopTest(str(problem)) from problem

    @task
    def send_next(self) -> None:
        """
        Send the next event of the mix.
        """
        again = self._messages.due_again()
        if again is not None:
            self._attempt(again)
        self.deliver(self._messages.take())

    def next_message(self) -> SignableMessage:
        """
        Take the next message of the mix, for a task that calls `deliver` itself.
        """
        return self._messages.take()

    def deliver(self, message: SignableMessage | None = None) -> Sent:
        """
        Sign and send a message, with the copies that the mix asks for.

        Args:
            message: What to send; by default the next of the mix.

        Returns:
            The result of the first copy.
        """
        message = self._messages.take() if message is None else message
        copy = gevent.spawn(self._attempt, message) if message.duplicated else None
        sent = self._attempt(message)
        if copy is not None:
            copy.join()
        if message.redelivered and not sent.reason:
            self._messages.remember(message)
        return sent

    def send_event(self, event_type: str, body: bytes, message_id: str) -> Sent:
        """
        Sign and send a body of your own.

        Args:
            event_type: The name in the statistics.
            body: The exact bytes that are signed and sent.
            message_id: The `svix-id`.
        """
        started = time.time()
        sent = self._sender.send(message_id, body)
        self.environment.events.request.fire(
            request_type="POST",
            name=event_type,
            response_time=sent.seconds * 1000,
            response_length=sent.length,
            exception=NotDelivered(sent.reason) if sent.reason else None,
            context={},
            response=None,
            start_time=started,
            url=self.path,
        )
        return sent

    def on_stop(self) -> None:
        """
        Close the connections.
        """
        self._sender.close()

    def _attempt(self, message: SignableMessage) -> Sent:
        return self.send_event(message.event_type, message.body, message.message_id)

    def _open_sender(self) -> SignedSender:
        given = self.secret if isinstance(self.secret, tuple) else (self.secret,)
        texts = [one if isinstance(one, str) else one.reveal() for one in given if one is not None]
        secrets = read_secrets(texts)
        if not secrets:
            what = "there is no signing secret"
            cure = f"set the attribute `secret`, or {SECRET_VARIABLE}"
            raise UsageError(what, expected="whsec_ and base64", cure=cure)
        url = f"{(self.host or '').rstrip('/')}/{self.path.lstrip('/')}"
        return SignedSender(
            url, secrets, allow_remote=self.allow_remote, timeout=self.timeout, connections=2
        )

    def _messages_of(self, environment: Environment) -> _Messages:
        by_class = self._shared.setdefault(environment, {})
        if type(self) not in by_class:
            worker = max(getattr(environment.runner, "worker_index", 0), 0)
            by_class[type(self)] = _Messages(
                EventStream(self._seed_of_class(), worker, self._read_mix())
            )
        return by_class[type(self)]

    def _seed_of_class(self) -> str:
        """
        Combine the seed with the name of the class, so that two classes have other ids.
        """
        seed = entropy.randbelow(2**64) if self.seed is None else self.seed
        return f"{seed}/{type(self).__name__}"

    def _read_mix(self) -> Mix:
        given = self.mix
        if isinstance(given, Mix):
            return given
        return Mix.read(given) if isinstance(given, str | Path) else Mix.of(given)
