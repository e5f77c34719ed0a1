"""
The terms of a contract: what is checked of which handler, read before anything is sent.
"""

from __future__ import annotations

import json
import secrets as entropy
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, NoReturn

from seamproof.checks.generation.event_source import EventSource
from seamproof.checks.model.option_values import read_several, read_statuses
from seamproof.checks.replay.cases import Aim
from seamproof.checks.replay.replay import settings_of
from seamproof.checks.runner.runner import FIRST, choose, in_order
from seamproof.checks.state.sources import check_source
from seamproof.checks.targets.detect import describe
from seamproof.checks.targets.open import KINDS, validate_target
from seamproof.environment import SECRET_VARIABLE, read_catalogue, read_secret
from seamproof.errors import SecretInvalid, UnknownProperty, UsageError
from seamproof.signing import Secret
from seamproof.strategies import parse_override
from seamproof.urls import without_password

if TYPE_CHECKING:
    from pathlib import Path

    from seamproof.checks.battery.check import Check
    from seamproof.checks.model.options import Settings
    from seamproof.json_types import Json, JsonMapping
    from seamproof.schemas import Catalogue

_SEEDS: Final = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    What a user asks for, as it is written.

    Attributes:
        target: `http://…`, `module:app` or `module:function`; or the application in hand.
        kind: What it is, where that cannot be told.
        path: Of the webhook in an application.
        app_dir: Where modules are looked for first.
        secret: The signing secret; by default that of the environment.
        secret_env: The name of the variable in which the handler looks for it.
        select: Ids or globs of the checks that run; all of them by default.
        ignore: Ids or globs of checks that do not.
        xfail: Ids or globs of checks that are expected to fail, each with `: reason` if need be.
        state: A URL, or `module:function`, that tells the handler's state.
        breaker: A URL, or `module:function`, that breaks what the handler depends on.
        accept: The statuses with which a genuine delivery may be answered: `200-299,404`.
        events: A glob over the event types that are sent.
        overrides: `path=value`, or values by path, put into every event that has the property.
        catalog: A directory of schemas of one's own.
        max_examples: Of the fuzzing, for each family of event types.
        seed: Repeats a run; by default another one each time.
        quick: Whether to send one of each only.
        strict: Whether warnings fail as well.
        allow_remote: Whether a URL may lead to another machine.
    """

    target: Any
    kind: str | None = None
    path: str | None = None
    app_dir: str | Path = "."
    secret: Secret | str | None = None
    secret_env: str = SECRET_VARIABLE
    select: Iterable[str] = ()
    ignore: Iterable[str] = ()
    xfail: Iterable[str] = ()
    state: Any = None
    breaker: Any = None
    accept: str = "200-299"
    events: str = "*"
    overrides: JsonMapping | Iterable[str] = ()
    catalog: str | Path | None = None
    max_examples: int = 200
    seed: int | None = None
    quick: bool = False
    strict: bool = False
    allow_remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """
    What a user asks for, read.

    Attributes:
        aim: What is aimed at, as case files have it.
        checks: Those that run, in that order: first whether plain genuine deliveries are accepted.
        expected: By the id of a check that is expected to fail, the reason.
        secret: The signing secret, where it is known before the handler is.
        catalogue: The contract.
        max_examples: Of the fuzzing.
        strict: Whether warnings fail as well.
    """

    aim: Aim
    checks: tuple[Check, ...]
    expected: Mapping[str, str]
    secret: Secret | None
    catalogue: Catalogue
    max_examples: int
    strict: bool

    @property
    def name(self) -> str:
        """
        The target as the user named it, without a password.
        """
        target: object = self.aim.target
        return without_password(target) if isinstance(target, str) else describe(target)

    def settings(self, secret: Secret) -> Settings:
        """
        Settings of the run.
        """
        return replace(
            settings_of(self.aim, secret),
            max_examples=self.max_examples,
            catalogue=self.catalogue,
        )


#: What has to be a text, by its option: what it looks like, and whether it may be left out.
_TEXT: Final = {
    "accept": ("200-299 or 200-299,404", False),
    "events": ("one pattern, such as lock.*", False),
    "path": ("/webhooks/seam", True),
    "secret_env": ("the name of an environment variable", False),
}
_OPTIONS: Final = {"overrides": "set"}
_SEVERAL: Final = {
    "select": '"signature.*", or a list of these',
    "ignore": '"signature.*", or a list of these',
    "xfail": '"signature.stale: reason", or a list of these',
    "overrides": "a mapping of paths to values, or path=value",
}


def read_terms(wanted: Wanted) -> Terms:
    """
    Read what is asked for, so that a slip in any of it is told before the handler is touched.

    Raises:
        SeamproofError: Some of it cannot be used as given.
    """
    _check_types(wanted)
    catalogue = read_catalogue(wanted.catalog)
    catalogue.match(wanted.events, undocumented=True)
    overrides = _overrides(wanted.overrides)
    for text in overrides:
        parse_override(text)
    checks = choose(_listed(wanted.select), _listed(wanted.ignore))
    if not checks:
        what = "no check is left"
        raise UsageError(what, where="--ignore", found=", ".join(_listed(wanted.ignore)))
    terms = Terms(
        aim=_aim(wanted, overrides),
        checks=tuple(sorted(in_order(checks), key=lambda one: one.id != FIRST)),
        expected=_expected(wanted.xfail),
        secret=_secret(wanted),
        catalogue=catalogue,
        max_examples=at_least(1, wanted.max_examples, "--max-examples"),
        strict=wanted.strict,
    )
    if overrides:
        _try_overrides(terms)
    return terms


def _check_types(wanted: Wanted) -> None:
    """
    See whether what is given in code is of the kind that the command line would give.
    """
    for name, (expected, optional) in _TEXT.items():
        given = getattr(wanted, name)
        if not isinstance(given, str) and not (optional and given is None):
            _refuse("this is no text", name, expected, given)
    for name, expected in _SEVERAL.items():
        given = getattr(wanted, name)
        if not isinstance(given, Iterable) or (isinstance(given, Mapping) and name != "overrides"):
            _refuse("this is no list", name, expected, given)
        if isinstance(given, Collection) and not all(isinstance(one, str) for one in given):
            _refuse("these are no texts", name, expected, given)
    secret: Any = wanted.secret
    if not isinstance(secret, Secret | str | None):
        _refuse("this is no secret", "secret", "whsec_ and base64", type(secret).__name__)
    catalog: Any = wanted.catalog
    if not isinstance(catalog, str | PurePath | None):
        _refuse("this is no directory", "catalog", "a path", catalog)


def _refuse(what: str, name: str, expected: str, given: object) -> NoReturn:
    where = f"--{_OPTIONS.get(name, name.replace('_', '-'))}"
    raise UsageError(what, where=where, expected=expected, found=repr(given))


def _aim(wanted: Wanted, overrides: tuple[str, ...]) -> Aim:
    """
    Read what is aimed at, and see whether it can be as it is named.
    """
    if wanted.kind not in (None, "url", *KINDS):
        what, expected = "the target cannot be taken for that", ", ".join(KINDS)
        raise UsageError(what, where="--as", expected=expected, found=str(wanted.kind))
    drawn = entropy.randbelow(_SEEDS)
    aim = Aim(
        target=wanted.target,
        kind=wanted.kind,  # type: ignore[arg-type]
        path=wanted.path,
        app_dir=str(wanted.app_dir),
        state=wanted.state,
        breaker=wanted.breaker,
        remote=wanted.allow_remote,
        accept=read_statuses(wanted.accept),
        events=wanted.events,
        overrides=overrides,
        seed=drawn if wanted.seed is None else at_least(0, wanted.seed, "--seed"),
        quick=wanted.quick,
        secret_env=wanted.secret_env,
    )
    validate_target(
        aim.target, kind=aim.kind, path=aim.path, app_dir=aim.app_dir, allow_remote=aim.remote
    )
    for option, source in (("--state", aim.state), ("--break", aim.breaker)):
        check_source(option, source, allow_remote=aim.remote)
    return aim


def _try_overrides(terms: Terms) -> None:
    """
    See whether each override is of a property that some event has.
    """
    try:
        EventSource(terms.settings(terms.secret or Secret.generate()), time.time())
    except (UnknownProperty, UsageError) as problem:
        problem.where, problem.cure = "--set", ""
        raise


def at_least(least: int, number: Json, where: str) -> int:
    """
    Pass a number on that is large enough.

    Raises:
        UsageError: It is not.
    """
    if not isinstance(number, int) or number < least:
        what, expected = "this is no such number", f"a whole number, {least} or more"
        raise UsageError(what, where=where, expected=expected, found=str(number))
    return number


def _listed(texts: Iterable[str]) -> tuple[str, ...]:
    return read_several(_texts(texts))


def _overrides(given: JsonMapping | Iterable[str]) -> tuple[str, ...]:
    if not isinstance(given, Mapping):
        return _texts(given)
    return tuple(
        f"{path}={value if isinstance(value, str) else json.dumps(value)}"
        for path, value in given.items()
    )


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _expected(texts: Iterable[str]) -> dict[str, str]:
    """
    Read `id or glob: reason`.
    """
    found = {}
    for text in _texts(texts):
        pattern, _, reason = text.partition(":")
        for check in choose((pattern.strip(),), ()):
            found[check.id] = reason.strip()
    return found


def _secret(wanted: Wanted) -> Secret | None:
    if isinstance(wanted.secret, Secret):
        return wanted.secret
    try:
        secret = read_secret(wanted.secret, wanted.secret_env)
    except SecretInvalid as problem:
        problem.where = problem.where or ("" if wanted.secret else wanted.secret_env)
        raise
    if secret is None and isinstance(wanted.target, str) and "://" in wanted.target:
        what = "the secret of the handler behind the URL is not known"
        cure = f"put it into the environment variable {wanted.secret_env}"
        raise UsageError(what, where=wanted.target, cure=cure)
    return secret
