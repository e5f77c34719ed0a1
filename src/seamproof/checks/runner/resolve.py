"""
Resolves the options of a run, so that a mistake in any of them is reported before a request.
"""

from __future__ import annotations

import json
import secrets as entropy
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from math import inf
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, cast

from seamproof import formats
from seamproof.checks.generation.event_source import EventSource
from seamproof.checks.model.options import DEFAULT_MAX_EXAMPLES, RunOptions
from seamproof.checks.runner.selection import check_pattern, select_checks
from seamproof.checks.state.sources import check_source
from seamproof.checks.targets.detect import describe
from seamproof.checks.targets.open import KINDS, validate_target
from seamproof.environment import (
    ENDPOINT_VARIABLE,
    SECRET_VARIABLE,
    read_catalogue,
    read_secret,
    unknown_secret,
)
from seamproof.errors import SecretInvalid, UnknownEventType, UnknownProperty, UsageError
from seamproof.formats import read_whole
from seamproof.mock_server.world.seeds.world_file import load_world
from seamproof.signing import Secret
from seamproof.statuses import DEFAULT_ACCEPT, VALID
from seamproof.strategies import parse_override
from seamproof.urls import DEFAULT_PATH, is_url, without_credentials, without_password

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seamproof.checks.model.options import Handler, Kind
    from seamproof.schemas import Catalogue

_SEEDS: Final = 2**32
#: Options that are a text: what they look like, and whether they may be None.
_TEXTS: Final = {
    "accept": ("200-299 or 200-299,404", False),
    "events": ("one pattern, such as lock.*", False),
    "path": (DEFAULT_PATH, True),
    "rate": ("5/s, 30/m or 100/h", True),
    "secret_env": ("the name of an environment variable", False),
    "seam_endpoint_env": ("the name of an environment variable", False),
    "world": ("the name of a world, or a file", True),
}
#: Options that are a text or several, and what they look like.
_LISTS: Final = {
    "select": '"signature.*", or a list of these',
    "ignore": '"signature.*", or a list of these',
    "xfail": '"signature.stale: reason", or a list of these',
    "expect": '"access_code.*", or a list of these',
    "overrides": "a mapping of paths to values, or path=value",
}


def resolve(  # noqa: PLR0913 - each has a default and a name
    target: Handler,
    *,
    kind: str | None = None,
    path: str | None = None,
    app_dir: str | Path | None = None,
    secret: Secret | str | None = None,
    secret_env: str = SECRET_VARIABLE,
    select: str | Iterable[str] = (),
    ignore: str | Iterable[str] = (),
    xfail: str | Iterable[str] = (),
    state: str | Callable[[], object] | None = None,
    breaker: str | Callable[[bool], object] | None = None,
    world: str | Path | None = None,
    seam_endpoint_env: str = ENDPOINT_VARIABLE,
    catch_up: str | Callable[[], object] | None = None,
    accept: str = DEFAULT_ACCEPT,
    events: str = "*",
    expect: str | Iterable[str] = (),
    overrides: Mapping[str, object] | str | Iterable[str] = (),
    catalog: str | Path | None = None,
    max_examples: int = DEFAULT_MAX_EXAMPLES,
    max_time: float | None = None,
    max_failures: int | None = None,
    rate: str | None = None,
    thorough: bool = False,
    settle: float | None = None,
    seed: int | None = None,
    quick: bool = False,
    strict: bool = False,
    allow_remote: bool = False,
) -> RunOptions:
    """
    Resolve the options of a run, as a user gives them on a command line or in a call.

    `RunOptions` describes them. Ids and globs may also be one text with commas between them.
    The environment gives the default of the secret and of the catalogue.

    Raises:
        SeamproofError: An option cannot be used as given; the error names it.
    """
    texts = {
        "accept": accept,
        "events": events,
        "path": path,
        "rate": rate,
        "secret_env": secret_env,
        "seam_endpoint_env": seam_endpoint_env,
        "world": str(world) if isinstance(world, PurePath) else world,
    }
    lists = {"select": select, "ignore": ignore, "xfail": xfail, "expect": expect}
    lists |= {"overrides": overrides}
    _check_types(texts, lists)
    _check_type("secret", secret, (Secret, str), "this is not a secret", "whsec_ and base64")
    _check_type("catalog", catalog, (str, PurePath), "this is not a directory", "a path")
    catalogue = read_catalogue(catalog)
    catalogue.match(events, undocumented=True)
    expected = _split(expect)
    _check_expected(catalogue, events, expected)
    options = RunOptions(
        target=target,
        name=without_password(target) if isinstance(target, str) else describe(target),
        kind=_kind(kind),
        path=path,
        app_dir=str(app_dir or "."),
        secret_env=secret_env,
        state=state or None,
        breaker=breaker or None,
        world=str(world) if world else None,
        seam_endpoint_env=seam_endpoint_env,
        catch_up=catch_up or None,
        expected_failures=_expected_failures(xfail),
        strict=strict,
        allow_remote=allow_remote,
        seed=entropy.randbelow(_SEEDS) if seed is None else _at_least(0, seed, "seed"),
        accept=read_statuses(accept),
        events=events,
        expect=expected,
        overrides=_overrides(overrides),
        select=_split(select),
        ignore=_split(ignore),
        max_examples=_at_least(1, max_examples, "max_examples"),
        max_time=_seconds(max_time, "max_time"),
        max_failures=None if max_failures is None else _at_least(1, max_failures, "max_failures"),
        rate=read_rate(rate),
        thorough=thorough,
        settle=_seconds(settle, "settle"),
        quick=quick,
        catalogue=catalogue,
    )
    _check_usable(options)
    return replace(options, secret=_find_secret(target, secret, secret_env))


def read_statuses(text: str) -> tuple[range, ...]:
    """
    Read `200-299,404`.

    Raises:
        UsageError: It is of another form.
    """
    ranges = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low, high = (read_whole(one) or 0 for one in (first, last if dash else first))
        if low not in VALID or high not in VALID or low > high:
            what, expected = "these are no statuses", "200-299 or 200-299,404"
            raise UsageError(what, expected=expected, found=text, option="accept")
        ranges.append(range(low, high + 1))
    return tuple(ranges)


def _check_usable(options: RunOptions) -> None:
    """
    Check what needs the battery, the file system or the event types.
    """
    select_checks(options.select, options.ignore)
    validate_target(
        options.target,
        kind=options.kind,
        path=options.path,
        app_dir=options.app_dir,
        allow_remote=options.allow_remote,
    )
    check_source("state", options.state, allow_remote=options.allow_remote)
    load_world(options.world)
    for name in ("breaker", "catch_up"):
        check_source(name, getattr(options, name), allow_remote=options.allow_remote)
    for text in options.overrides:
        parse_override(text)
    if options.overrides:
        try:
            EventSource(options.settings(Secret.generate()), time.time())
        except (UnknownProperty, UsageError) as problem:
            problem.option = "overrides"
            problem.cure = "`seamproof schemas show` lists the properties of an event type"
            raise


def _check_expected(catalogue: Catalogue, events: str, expected: Iterable[str]) -> None:
    """
    Check that each pattern matches an event type that the run sends.

    Raises:
        UnknownEventType: It matches none at all; names the nearest ones.
        UsageError: It matches none of those that are sent.
    """
    sent = {one.event_type for one in catalogue.match(events, undocumented=True)}
    for pattern in expected:
        try:
            matching = catalogue.match(pattern, undocumented=True)
        except UnknownEventType as problem:
            problem.option = "expect"
            raise
        if sent.isdisjoint(one.event_type for one in matching):
            what, cure = f"no event that is sent matches {pattern!r}", "send it, or expect others"
            raise UsageError(what, found=f"only {events} is sent", cure=cure, option="expect")


def _check_types(texts: Mapping[str, object], lists: Mapping[str, object]) -> None:
    """
    Check the types of what is given in code; a command line gives no others.
    """
    for name, (expected, optional) in _TEXTS.items():
        if texts[name] is not None or not optional:
            _check_type(name, texts[name], (str,), "this is not a text", expected)
    for name, expected in _LISTS.items():
        given = lists[name]
        if not isinstance(given, Iterable) or (isinstance(given, Mapping) and name != "overrides"):
            raise _wrong_type(name, given, "this is not a list", expected)
        if isinstance(given, Collection) and not all(isinstance(one, str) for one in given):
            raise _wrong_type(name, given, "these are no texts", expected)


def _check_type(
    name: str, given: object, types: tuple[type, ...], what: str, expected: str
) -> None:
    optional = given is None and name not in _TEXTS
    if not (isinstance(given, types) or optional):
        shown = type(given).__name__ if name == "secret" else given
        raise _wrong_type(name, shown, what, expected)


def _wrong_type(name: str, given: object, what: str, expected: str) -> UsageError:
    return UsageError(what, expected=expected, found=repr(given), option=name)


def _kind(given: str | None) -> Kind | None:
    if given not in (None, "url", *KINDS):
        what, expected = "there is no such kind of target", ", ".join(KINDS)
        raise UsageError(what, expected=expected, found=str(given), option="kind")
    return cast("Kind | None", given)


def _at_least(least: int, given: object, option: str) -> int:
    if not isinstance(given, int) or given < least:
        what, expected = "this is not a valid number", f"a whole number, {least} or more"
        raise UsageError(what, expected=expected, found=str(given), option=option)
    return given


def _seconds(given: object, option: str) -> float | None:
    if given is None:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool) and 0 < given < inf:
        return float(given)
    what, expected = "this is not a time", "seconds, more than 0"
    raise UsageError(what, expected=expected, found=repr(given), option=option)


def read_rate(given: str | None) -> float | None:
    """
    Read `30/m` as requests per second.

    Raises:
        UsageError: It is of another form.
    """
    if given is None:
        return None
    rate = formats.read_rate(given)
    if rate is None:
        what, expected = "this is not a rate", "5/s, 30/m or 100/h"
        raise UsageError(what, expected=expected, found=given, option="rate")
    return rate


def _texts(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _split(given: str | Iterable[str]) -> tuple[str, ...]:
    """
    Read ids and globs, also several in one text with commas between them.
    """
    parts = (part.strip() for text in _texts(given) for part in text.split(","))
    return tuple(part for part in parts if part)


def _overrides(given: Mapping[str, object] | str | Iterable[str]) -> tuple[str, ...]:
    if not isinstance(given, Mapping):
        return _texts(given)
    return tuple(
        f"{path}={value if isinstance(value, str) else json.dumps(value)}"
        for path, value in given.items()
    )


def _expected_failures(given: str | Iterable[str]) -> dict[str, str]:
    """
    Read `id or glob: reason`.
    """
    reasons = {}
    for text in _texts(given):
        pattern, _, reason = text.partition(":")
        check_pattern(pattern.strip(), "xfail")
        for check in select_checks((pattern.strip(),)):
            reasons[check.id] = reason.strip()
    return reasons


def _find_secret(target: Handler, given: Secret | str | None, variable: str) -> Secret | None:
    if isinstance(given, Secret):
        return given
    try:
        secret = read_secret(given, variable)
    except SecretInvalid as problem:
        problem.where = problem.where or (variable if given is None else "")
        raise
    if secret is None and is_url(target):
        raise unknown_secret(variable, where=without_credentials(target))
    return secret
