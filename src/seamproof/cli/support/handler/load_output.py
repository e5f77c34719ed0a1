"""
What `seamproof load` prints: progress, the account, and the search for a limit.
"""

from __future__ import annotations

import json
import signal
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.atomic_files import write_atomically
from seamproof.urls import hide_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.load.accounting.account import Account
    from seamproof.load.run.conductor import StepProgress
    from seamproof.load.run.options import LoadOptions
    from seamproof.load.run.session import RunResult

#: Seconds between two lines of progress.
_EVERY: Final = 5.0
#: Messages of a group that are named in the text; `--report` names 10,000.
_NAMED: Final = 10
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_GROUPS: Final = {
    "lost": "lost: acknowledged with 2xx, but not in the ledger",
    "twice": "processed more than once",
    "given_up": "given up: every attempt failed",
    "unknown": "unknown: no result was reported",
}


class LoadOutput:
    """
    Prints a run for people, or for programs.

    Args:
        options: Of the run.
        as_json: Whether the result is one JSON object.
    """

    def __init__(self, options: LoadOptions, *, as_json: bool) -> None:
        self._options = options
        self._as_json = as_json
        self._shown = 0.0

    def say(self, text: str) -> None:
        """
        Print what a user should know during the run.
        """
        click.echo(text, err=True)

    def show(self, progress: StepProgress) -> None:
        """
        Print the progress every few seconds.
        """
        if progress.seconds < self._shown:
            self._shown = 0.0
        if progress.seconds - self._shown < _EVERY:
            return
        self._shown = progress.seconds
        waiting = f", {progress.waiting} wait for a retry" if progress.waiting else ""
        self.say(
            f"{progress.seconds:.0f} s at {progress.step.rate:g}/s: {progress.sent} sent, "
            f"{progress.answered} answered, {progress.failed} failed attempts{waiting}"
        )

    def status(self, result: RunResult) -> int:
        """
        Return the exit status of a run.
        """
        if result.interrupted is not None:
            self.say("terminated" if result.interrupted == signal.SIGTERM else "interrupted")
            return 128 + result.interrupted
        if self._options.find_limit:
            return 1 if result.limit is None or result.lost else 0
        return 0 if result.account.proved and not result.lost else 1

    def print_result(self, result: RunResult) -> None:
        """
        Print the account, and write it beside Locust's reports.
        """
        document = as_document(result)
        if self._options.report is not None:
            text = json.dumps(document, indent=2) + "\n"
            write_atomically(self._options.report / "account.json", text)
        if self._as_json:
            click.echo(json.dumps(document))
            return
        for line in _lines(result):
            click.echo(line)


def as_document(result: RunResult) -> dict[str, Any]:
    """
    Write a result as JSON.
    """
    account = asdict(result.account)
    account["reasons"] = dict(result.account.reasons)
    steps = [
        {
            "rate": one.step.rate,
            "seconds": one.step.seconds,
            "sent": one.sent,
            "took": round(one.seconds, 3),
            "latency": {
                name: round(one.latencies.quantile(share), 6) for name, share in _QUANTILES.items()
            }
            | {"max": round(one.latencies.longest, 6)},
            "sent_late_by": round(one.lag, 6),
        }
        for one in result.steps
    ]
    return {
        "url": hide_credentials(result.options.url),
        "seed": result.options.seed,
        "proved": result.account.proved and not result.lost,
        "interrupted": result.interrupted is not None,
        "account": account,
        "steps": steps,
        "limit": result.limit,
        "verdicts": [asdict(one) for one in result.verdicts],
        "lost_workers": [{"worker": one, "at": at} for one, at in result.lost.items()],
    }


def _lines(result: RunResult) -> Iterator[str]:
    if result.options.find_limit:
        yield from _limit_lines(result)
    else:
        yield from _step_lines(result)
    yield from _account_lines(result.account, ledger=bool(result.options.ledger))
    for worker, seconds in result.lost.items():
        yield f"worker {worker} was lost after {seconds:.1f} s; its messages are unknown"
    yield f"seed: {result.options.seed}"


def _step_lines(result: RunResult) -> Iterator[str]:
    for one in result.steps:
        sent, took = f"sent {one.sent} messages at {one.step.rate:g}/s", f"{one.seconds:.1f} s"
        yield f"{sent}; the last was settled after {took}"
        latencies = {name: one.latencies.quantile(share) for name, share in _QUANTILES.items()}
        latencies["max"] = one.latencies.longest
        figures = [f"{name} {seconds * 1000:.1f} ms" for name, seconds in latencies.items()]
        yield f"latency from the intended time of sending: {', '.join(figures)}"
        if one.lag > 1:
            yield (
                f"the load generator was late by up to {one.lag:.1f} s, which counts as latency: "
                "all connections were in use, or it needs more --processes"
            )


def _limit_lines(result: RunResult) -> Iterator[str]:
    for verdict in result.verdicts:
        held = f"does not hold: {verdict.problem}" if verdict.problem else "holds"
        yield f"{verdict.rate:8.1f}/s  p99 {verdict.p99 * 1000:8.1f} ms  {held}"
    if result.limit is not None:
        yield f"the highest rate that held: {result.limit:.1f}/s"
        if result.generator_limits:
            yield "the load generator ended the search, not the handler"
    else:
        yield "no rate held"


def _account_lines(account: Account, *, ledger: bool) -> Iterator[str]:
    lost = account.lost if ledger else "not known without --ledger"
    yield (
        f"{account.messages} messages: {account.delivered} delivered, {account.given_up} given up, "
        f"lost: {lost}, unknown: {account.unknown}"
    )
    if not account.messages:
        yield "nothing is proved: give a higher --rate, or a longer --for"
    if ledger:
        yield f"processed more than once: {account.twice}"
        if account.total_only:
            yield "the ledger has only a total, in which losses and repeats can cancel out"
    if account.late:
        yield f"processed, but once acknowledged later than Seam's time-out: {account.late}"
    if account.given_up_processed:
        yield f"given up, although the ledger has them: {account.given_up_processed}"
    for reason, times in account.reasons.most_common(_NAMED):
        yield f"  given up {times}: {reason}"
    for group, heading in _GROUPS.items():
        yield from _named_lines(account, group, heading)


def _named_lines(account: Account, group: str, heading: str) -> Iterator[str]:
    named = list(account.first(group, _NAMED))
    if not named:
        return
    yield f"{heading}:"
    for one in named:
        yield f"  {one.message_id} {one.event_id}{f'  {one.why}' if one.why else ''}"
    more = len(account.named[group]) - len(named)
    if more:
        yield f"  and {more} more; --report names them"
