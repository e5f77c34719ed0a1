"""
Settings of the mock server.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seamproof.mock_server.model.retry_schedule import SEAM

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.json_types import JsonMapping
    from seamproof.mock_server.model.retry_schedule import Like
    from seamproof.schemas import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """
    How the service behaves.

    Attributes:
        database: Path of the SQLite file, or `:memory:`.
        fresh: Whether to delete what the database has before the start.
        like: Which of Svix's two services to behave like where they differ.
        schedule: Seconds before each attempt; the first is 0.
        jitter: The share by which delays are spread; 0 disables jitter.
        seed: Decides the jitter, the faults and the samples; by default random.
        allow_hosts: Remote hosts that events may be sent to.
        gone_disables: Whether a response with status 410 disables the endpoint, as Standard
            Webhooks suggests.
        timeout: Seconds until an attempt without a response fails; by default the time-out
            of `like`.
        concurrency: How many attempts run at once in all.
        per_endpoint: How many attempts run at once for one endpoint.
        catalogue: The contract; by default the one that comes with seamproof.
        world: The resources to begin with, as the file of a world holds them; none by default.
        signing: Returns the time that attempts are signed with, in seconds since the epoch.
            By default the machine's time, also with a manual clock: a handler rejects any
            other.
    """

    database: str = ":memory:"
    fresh: bool = False
    like: Like = "cloud"
    schedule: tuple[float, ...] = SEAM
    jitter: float = 0.2
    seed: int | str | None = None
    allow_hosts: frozenset[str] = frozenset()
    gone_disables: bool = False
    timeout: float | None = None
    concurrency: int = 64
    per_endpoint: int = 16
    catalogue: Catalogue | None = None
    world: JsonMapping | None = None
    signing: Callable[[], float] = time.time
