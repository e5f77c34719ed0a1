"""
`seamproof sample`: realistic events as NDJSON.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import click

from seamproof.cli.commands.events.request_forms import FORMS
from seamproof.cli.support.completion import complete_event_type
from seamproof.cli.support.options import (
    catalog_option,
    count_option,
    journey_option,
    like_option,
    option_group,
    override_options,
    presence_option,
    required_secrets,
    secret_option,
    seed_option,
    undocumented_option,
)
from seamproof.cli.support.output import plural
from seamproof.environment import read_catalogue
from seamproof.errors import UnknownProperty, UsageError
from seamproof.urls import EXAMPLE_URL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seamproof.events import Delivery, Event
    from seamproof.json_types import JsonObject
    from seamproof.schemas import Catalogue
    from seamproof.signing import Secret
    from seamproof.strategies import Override, Presence, Sampler

_USE_EXTRA: Final = "use --set-extra to add a property that the contract does not have"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOptions:
    """
    The options that select and shape the events to sample.
    """

    pattern: str | None
    journey: str | None
    count: int | None
    seed: str | None
    overrides: tuple[str, ...]
    extras: tuple[str, ...]
    presence: Presence | None
    undocumented: bool
    catalog_dir: str | None
    like: str | None


#: The options of `SampleOptions`.
sampling_options = option_group(
    count_option,
    seed_option,
    override_options,
    presence_option,
    like_option,
    undocumented_option,
    catalog_option,
    journey_option,
)


@click.command("sample")
@click.argument("pattern", required=False, shell_complete=complete_event_type)
@sampling_options
@click.option(
    "--as",
    "form",
    type=click.Choice(["event", *FORMS]),
    default="event",
    show_default=True,
    help="Print a signed request for each event instead: the event of a Lambda function, a curl "
    "command, or the text of an HTTP request.",
)
@click.option(
    "--to",
    "url",
    default=EXAMPLE_URL,
    show_default=True,
    metavar="URL",
    help="Where a request of --as goes.",
)
@secret_option
def command(
    pattern: str | None, form: str, url: str, secrets: tuple[str, ...], **options: Any
) -> None:
    """
    Print realistic events, one per line.

    The events are of the types that match PATTERN, or a life cycle with --journey, or of the
    recorded types with --like. With --as each is printed as a signed request; nothing is sent.

    \b
    Example:
      seamproof sample 'acs_credential.*' --count 3 --seed 7
      seamproof sample connected_account.deleted --set customer_key=hotel-9
      seamproof sample --journey access_code
      seamproof sample --like tests/fixtures/seam --count 100
      seamproof sample lock.unlocked --as curl --secret whsec_…
    """
    keys = required_secrets(secrets) if form != "event" else ()
    for event in sample_events(SampleOptions(pattern=pattern, **options)):
        click.echo(FORMS[form](_signed(event, keys), url) if keys else event.body)


def _signed(event: Event, keys: tuple[Secret, ...]) -> Delivery:
    from seamproof.events import mint_message_id
    from seamproof.signing import sign

    now = time.time()
    return sign(event.body, keys, message_id=mint_message_id(now), timestamp=int(now))


def sample_events(options: SampleOptions) -> Iterator[Event]:
    """
    Sample the events that the options select; report a random seed on standard error.

    Raises:
        UsageError: Both a pattern and a journey are given, or neither.
        UnknownEventType: There is no such event type.
        UnknownProperty: An override names a property that no event has.
    """
    from seamproof.events import Event
    from seamproof.strategies import (
        Sampler,
        apply_override,
        parse_override,
    )

    _check_selection(options)
    catalogue = read_catalogue(options.catalog_dir)
    overrides = [parse_override(text) for text in options.overrides]
    overrides += [parse_override(text, extra=True) for text in options.extras]
    sampler = Sampler(options.seed, catalogue=catalogue, like=options.like)
    applicable = _applicable_overrides(options, overrides, catalogue, sampler)
    if sampler.recorded and sampler.recorded.left_out:
        count = plural(sampler.recorded.left_out, "recorded event")
        click.echo(f"{count} not used: violates the contract", err=True)
    if options.seed is None:
        click.echo(f"seed {sampler.seed}", err=True)
    for payload in _payloads(options, sampler):
        event_type = payload["event_type"]
        for override in applicable[event_type]:
            apply_override(payload, override, catalogue[event_type], sampler)
        yield Event.of(payload)


def _check_selection(options: SampleOptions) -> None:
    """
    Check that the options select events in one way.

    Raises:
        UsageError: They select them in several ways, or in none.
    """
    chosen = [options.pattern or (options.like and "*"), options.journey]
    if chosen.count(None) != 1:
        what = "give either a PATTERN or a --journey"
        expected = "a pattern such as 'acs_credential.*', or --journey acs_credential"
        raise UsageError(what, expected=expected)
    if options.like is not None and options.presence is not None:
        what = "--like decides which properties the events have"
        raise UsageError(what, cure="leave out --presence")


def _payloads(options: SampleOptions, sampler: Sampler) -> Iterator[JsonObject]:
    presence = options.presence or "all"
    if options.journey is not None:
        count = 1 if options.count is None else options.count
        journeys = (
            sampler.journey(options.journey, presence=presence, undocumented=options.undocumented)
            for _ in range(count)
        )
        return chain.from_iterable(journeys)
    return sampler.events(
        options.pattern or "*",
        count=options.count,
        presence=presence,
        undocumented=options.undocumented,
    )


def _applicable_overrides(
    options: SampleOptions, overrides: list[Override], catalogue: Catalogue, sampler: Sampler
) -> dict[str, list[Override]]:
    """
    Select the overrides of each event type, and try them before the first event is printed.

    With a pattern, all event types must have the property. With a journey, an
    override applies to the event types that have it.
    """
    from seamproof.strategies import Sampler, apply_override, journey_steps

    if options.journey is not None:
        schemas = [catalogue[step.event_type] for step in journey_steps(options.journey)]
    else:
        schemas = [*sampler.match(options.pattern or "*", undocumented=options.undocumented)]
    applicable: dict[str, list[Override]] = {schema.event_type: [] for schema in schemas}
    for override in overrides:
        having = schemas
        if options.journey is not None and not override.extra:
            having = [schema for schema in schemas if override.path[0] in schema.properties]
        if not having:
            what = f"no event of the journey has a property {override.path[0]!r}"
            known = sorted({name for schema in schemas for name in schema.properties})
            raise UnknownProperty(what, expected=", ".join(known), cure=_USE_EXTRA)
        for schema in {one.event_type: one for one in having}.values():
            trial = Sampler(0, catalogue=catalogue)
            try:
                apply_override(trial.event(schema.event_type), override, schema, trial)
            except UnknownProperty as problem:
                problem.cure = _USE_EXTRA
                raise
            applicable[schema.event_type].append(override)
    return applicable
