"""
`seamproof sample`: realistic events as NDJSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import click

from seamproof.cli.support.options import (
    catalog_option,
    count_option,
    journey_option,
    override_options,
    presence_option,
    read_catalogue,
    seed_option,
    undocumented_option,
)
from seamproof.errors import UnknownProperty, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seamproof.events import Event
    from seamproof.json_types import JsonObject
    from seamproof.schemas import Catalogue
    from seamproof.strategies import Override, Presence, Sampler


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    Which events to make, as the options say.
    """

    pattern: str | None
    journey: str | None
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
        journey_option,
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
@click.argument("pattern", required=False)
@sampling_options
def command(pattern: str | None, **options: Any) -> None:  # noqa: ANN401 - the fields of Wanted
    """
    Print realistic events, one a line.

    They are of the types that PATTERN fits, or a life cycle with --journey.

    \b
    Example:
      seamproof sample 'acs_credential.*' --count 3 --seed 7
      seamproof sample connected_account.deleted --set customer_key=hotel-9
      seamproof sample --journey access_code
    """
    for event in sampled(Wanted(pattern=pattern, **options)):
        click.echo(event.body)


def sampled(wanted: Wanted) -> Iterator[Event]:
    """
    Make the events that the options ask for; of a random seed, tell which it was.

    Raises:
        UsageError: Both a pattern and a journey are asked for, or neither.
        UnknownEventType: There is no such event type.
        UnknownProperty: An override is of a property that no event has.
    """
    from seamproof.events import Event
    from seamproof.strategies import (
        Sampler,
        apply_override,
        parse_override,
    )

    if (wanted.pattern is None) == (wanted.journey is None):
        what = "the events are either those of a PATTERN or those of a --journey"
        expected = "a pattern such as 'acs_credential.*', or --journey acs_credential"
        raise UsageError(what, expected=expected)
    catalogue = read_catalogue(wanted.catalog_dir)
    settings = [parse_override(text) for text in wanted.overrides]
    settings += [parse_override(text, extra=True) for text in wanted.extras]
    fitting = _fitting(wanted, settings, catalogue)
    sampler = Sampler(wanted.seed, catalogue=catalogue)
    if wanted.seed is None:
        click.echo(f"seed {sampler.seed}", err=True)
    for payload in _payloads(wanted, sampler):
        event_type = payload["event_type"]
        for setting in fitting[event_type]:
            apply_override(payload, setting, catalogue[event_type], sampler)
        yield Event.of(payload)


def _payloads(wanted: Wanted, sampler: Sampler) -> Iterator[JsonObject]:
    if wanted.journey is not None:
        count = 1 if wanted.count is None else wanted.count
        journeys = (sampler.journey(wanted.journey, presence=wanted.presence) for _ in range(count))
        return chain.from_iterable(journeys)
    return sampler.events(
        wanted.pattern or "*",
        count=wanted.count,
        presence=wanted.presence,
        undocumented=wanted.undocumented,
    )


def _fitting(
    wanted: Wanted, settings: list[Override], catalogue: Catalogue
) -> dict[str, list[Override]]:
    """
    Try the overrides on each event type before the first event is out: none, or all of them.

    The types of a pattern must all have the property; of a journey, those that have it get it.
    """
    from seamproof.strategies import Sampler, apply_override, journey_steps

    if wanted.journey is not None:
        schemas = [catalogue[step.event_type] for step in journey_steps(wanted.journey)]
    else:
        schemas = [*catalogue.match(wanted.pattern or "*", undocumented=wanted.undocumented)]
    fitting: dict[str, list[Override]] = {schema.event_type: [] for schema in schemas}
    for setting in settings:
        wanting = schemas
        if wanted.journey is not None and not setting.extra:
            wanting = [schema for schema in schemas if setting.path[0] in schema.properties]
        if not wanting:
            what = f"no event of the journey has a property {setting.path[0]!r}"
            known = sorted({name for schema in schemas for name in schema.properties})
            cure = "use --set-extra to add a property that the contract does not know"
            raise UnknownProperty(what, expected=", ".join(known), cure=cure)
        for schema in {one.event_type: one for one in wanting}.values():
            trial = Sampler(0, catalogue=catalogue)
            apply_override(trial.event(schema.event_type), setting, schema, trial)
            fitting[schema.event_type].append(setting)
    return fitting
