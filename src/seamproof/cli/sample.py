"""
`seamproof sample`: realistic events as NDJSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seamproof.cli.options import count_option, override_options, presence_option, seed_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.events import Event
    from seamproof.strategies import Presence


@click.command("sample")
@click.argument("pattern")
@count_option
@seed_option
@override_options
@presence_option
def command(
    pattern: str,
    count: int | None,
    seed: str | None,
    overrides: tuple[str, ...],
    extras: tuple[str, ...],
    presence: Presence,
) -> None:
    """
    Print realistic events of the types that PATTERN fits, one a line.

    \b
    Example:
      seamproof sample 'acs_credential.*' --count 3 --seed 7
      seamproof sample connected_account.deleted --set customer_key=hotel-9
    """
    for event in sampled(pattern, count, seed, overrides, extras, presence):
        click.echo(event.body)


def sampled(
    pattern: str,
    count: int | None,
    seed: str | None,
    overrides: tuple[str, ...],
    extras: tuple[str, ...],
    presence: Presence,
) -> Iterator[Event]:
    """
    Make the events that the options ask for; of a random seed, tell which it was.
    """
    from seamproof.events import Event  # noqa: PLC0415 - start-up cost
    from seamproof.schemas import catalog  # noqa: PLC0415 - start-up cost
    from seamproof.strategies import (  # noqa: PLC0415 - start-up cost
        Sampler,
        apply_override,
        parse_override,
    )

    settings = [parse_override(text) for text in overrides]
    settings += [parse_override(text, extra=True) for text in extras]
    sampler = Sampler(seed)
    payloads = sampler.events(pattern, count=count, presence=presence)
    if seed is None:
        click.echo(f"seed {sampler.seed}", err=True)
    for payload in payloads:
        for setting in settings:
            apply_override(payload, setting, catalog()[payload["event_type"]], sampler)
        yield Event.of(payload)
