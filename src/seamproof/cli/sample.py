"""
`seamproof sample`: realistic events as NDJSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.options import (
    catalog_option,
    count_option,
    override_options,
    presence_option,
    read_catalogue,
    seed_option,
    undocumented_option,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.events import Event
    from seamproof.strategies import Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    Which events to make, as the options say.
    """

    pattern: str
    count: int | None
    seed: str | None
    overrides: tuple[str, ...]
    extras: tuple[str, ...]
    presence: Presence
    undocumented: bool
    catalog_dir: str | None


def sampling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """
    Add the options that say which events to make.
    """
    for option in (
        catalog_option,
        undocumented_option,
        presence_option,
        override_options,
        seed_option,
        count_option,
    ):
        command = option(command)
    return command


@click.command("sample")
@click.argument("pattern")
@sampling_options
def command(pattern: str, **options: Any) -> None:  # noqa: ANN401 - the fields of Wanted
    """
    Print realistic events of the types that PATTERN fits, one a line.

    \b
    Example:
      seamproof sample 'acs_credential.*' --count 3 --seed 7
      seamproof sample connected_account.deleted --set customer_key=hotel-9
    """
    for event in sampled(Wanted(pattern=pattern, **options)):
        click.echo(event.body)


def sampled(wanted: Wanted) -> Iterator[Event]:
    """
    Make the events that the options ask for; of a random seed, tell which it was.
    """
    from seamproof.events import Event  # noqa: PLC0415 - start-up cost
    from seamproof.strategies import (  # noqa: PLC0415 - start-up cost
        Sampler,
        apply_override,
        parse_override,
    )

    settings = [parse_override(text) for text in wanted.overrides]
    settings += [parse_override(text, extra=True) for text in wanted.extras]
    catalogue = read_catalogue(wanted.catalog_dir)
    for schema in catalogue.match(wanted.pattern, undocumented=wanted.undocumented):
        # Tried on each type before the first event is out: none, or all of them.
        trial = Sampler(0, catalogue=catalogue)
        event = trial.event(schema.event_type) if settings else {}
        for setting in settings:
            apply_override(event, setting, schema, trial)
    sampler = Sampler(wanted.seed, catalogue=catalogue)
    payloads = sampler.events(
        wanted.pattern,
        count=wanted.count,
        presence=wanted.presence,
        undocumented=wanted.undocumented,
    )
    if wanted.seed is None:
        click.echo(f"seed {sampler.seed}", err=True)
    for payload in payloads:
        for setting in settings:
            apply_override(payload, setting, catalogue[payload["event_type"]], sampler)
        yield Event.of(payload)
