"""
The options of a run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seamproof.load.messages.mix import Mix

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.signing import Secret


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """
    What a user asks for.

    Attributes:
        url: The handler.
        secrets: Its signing secrets.
        rate: Messages a second; with `find_limit` the first that is tried.
        seconds: How long messages arrive; with `find_limit` in each step.
        highest: The highest rate that `find_limit` may try; None for no bound.
        mix: What is sent.
        seed: Of the messages.
        schedule: Seconds before each attempt.
        poisson: Whether arrivals are random.
        held: Seconds during which messages are held back, as while the handler is down.
        find_limit: Whether to search for the highest rate that holds.
        p99: Seconds that the 99th percentile of the latency may take with `find_limit`.
        processes: Worker processes on this machine; 0 for this process alone.
        workers: Workers to wait for; 0 for none.
        bind: The address at which workers are waited for.
        ledger: The URL of the ledger; empty without one.
        settle: Seconds without a change after which the ledger is final.
        web: Whether Locust's web page is shown.
        report: The directory of Locust's reports.
        allow_remote: Whether the user allows another machine.
        catalogue: The directory of the schemas; None for the built-in ones.
    """

    url: str
    secrets: tuple[Secret, ...]
    rate: float
    seconds: float
    schedule: tuple[float, ...]
    seed: str
    highest: float | None = None
    mix: Mix = field(default_factory=Mix)
    poisson: bool = False
    held: float = 0.0
    find_limit: bool = False
    p99: float = 15.0
    processes: int = 0
    workers: int = 0
    bind: tuple[str, int] = ("127.0.0.1", 5557)
    ledger: str = ""
    settle: float = 3.0
    web: bool = False
    report: Path | None = None
    allow_remote: bool = False
    catalogue: str | None = None
