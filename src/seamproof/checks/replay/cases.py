"""
Case files: one failure each, with all that it takes to send it again but the secret.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.exchange import Request
from seamproof.checks.reporting.as_json import received_json
from seamproof.checks.reporting.bodies import pack, unpack
from seamproof.environment import SECRET_VARIABLE
from seamproof.errors import UsageError
from seamproof.signing.forgeries import RECIPES
from seamproof.urls import without_password

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.reporting.view import Told
    from seamproof.checks.targets.base import Kind
    from seamproof.json_types import JsonMapping, JsonObject

#: Where case files stand, from the current directory.
CASES: Final = Path(".seamproof") / "cases"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """
    What a run was aimed at, in the words of the command line.

    Attributes:
        target: A URL, or `module:name`.
        kind: `--as`, where it was given.
        path: `--path`, where it was given.
        app_dir: `--app-dir`.
        state: `--state`, where it was given.
        breaker: `--break`, where it was given.
        remote: Whether it was allowed to be on another machine. A replay has to be told anew.
        accept: The statuses with which a genuine delivery may be answered, first and last.
        events: The pattern of the event types that were sent.
        overrides: `path=value` put into the events.
        seed: Of the run.
        quick: Whether it was one of each only.
        secret_env: The variable in which the handler looks for its secret.
    """

    target: str
    kind: Kind | None = None
    path: str | None = None
    app_dir: str = "."
    state: str | None = None
    breaker: str | None = None
    remote: bool = False
    accept: tuple[tuple[int, int], ...] = ((200, 299),)
    events: str = "*"
    overrides: tuple[str, ...] = ()
    seed: int = 0
    quick: bool = False
    secret_env: str = SECRET_VARIABLE

    def accepts(self, status: int | None) -> bool:
        """
        Whether a status counts as delivered.
        """
        return status is not None and any(low <= status <= high for low, high in self.accept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One failure, ready to be sent again.

    Attributes:
        id: Of the failure: the same for the same failure, run after run.
        check: The id of the check that found it.
        title: Of the check.
        severity: Of the failure.
        event_type: Of the event that was sent, where there is one.
        expected: What a good handler does, in words.
        cause: What tells it from other failures of the check.
        received: What came back, as in the JSON report.
        requests: To send in order; the last one is the one that failed.
        aim: What the run was aimed at.
    """

    id: str
    check: str
    title: str
    severity: str
    event_type: str | None
    expected: str
    cause: str
    received: JsonMapping
    requests: tuple[Request, ...]
    aim: Aim


def cases_of(told: Told, aim: Aim) -> tuple[Case, ...]:
    """
    Make a case of each failure of a run.

    Args:
        told: The distilled report, from which no secret can get into a case.
        aim: What the run was aimed at; a password in its URLs is left out.
    """
    members = asdict(aim)
    for name in ("target", "state", "breaker"):
        members[name] = members[name] and without_password(members[name])
    shown = Aim(**members)
    return tuple(
        Case(
            id=name,
            check=check.id,
            title=check.title,
            severity=failure.severity,
            event_type=failure.event_type,
            expected=failure.expected,
            cause=failure.cause,
            received=received_json(failure.received),
            requests=failure.sent,
            aim=shown,
        )
        for check, failure, name in told.findings()
    )


def write_cases(cases: Iterable[Case], directory: Path = CASES) -> list[Path]:
    """
    Write a file for each case, in the place of an earlier one of the same failure.
    """
    written = []
    for case in cases:
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / f"{case.id}.json"
        path.write_text(json.dumps(case_json(case), indent=2) + "\n", encoding="utf-8")
        written.append(path)
    return written


def find_case(name: str, directory: Path = CASES) -> Case:
    """
    Read a case by its id, by the beginning of it, or from its file.

    Raises:
        UsageError: There is no such case, or the file holds none.
    """
    path = Path(name)
    if path.suffix == ".json" or path.is_file():
        return read_case(path)
    known = sorted(one.stem for one in directory.glob("*.json"))
    found = [one for one in known if one == name] or [one for one in known if one.startswith(name)]
    if len(found) == 1:
        return read_case(directory / f"{found[0]}.json")
    what = "several cases begin like this" if found else "there is no such case"
    near = found or get_close_matches(name, known, cutoff=0.5)
    cure = f"did you mean {' or '.join(near[:3])}?" if near else "`seamproof check` writes them"
    raise UsageError(what, where=str(directory), found=name, cure=cure)


def read_case(path: Path) -> Case:
    """
    Read a case file.

    Raises:
        UsageError: It cannot be read, or is no case.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        what = f"the case cannot be read: {problem.strerror}"
        raise UsageError(what, where=str(path)) from problem
    except ValueError as problem:
        what = f"the case is no JSON: {problem}"
        raise UsageError(what, where=str(path)) from problem
    try:
        return case_from(document)
    except UsageError as problem:
        raise UsageError(problem.what, where=str(path), found=problem.found) from problem


def case_json(case: Case, *, small: bool = False) -> JsonObject:
    """
    Write a case as a JSON object.

    Args:
        case: The case.
        small: Whether large bodies are to be compressed.
    """
    aim = asdict(case.aim)
    return {
        "version": _VERSION,
        "id": case.id,
        "check": case.check,
        "title": case.title,
        "severity": case.severity,
        "event_type": case.event_type,
        "expected": case.expected,
        "cause": case.cause,
        "received": case.received,
        "requests": [_request_json(one, small=small) for one in case.requests],
        "aim": {name: list(one) if isinstance(one, tuple) else one for name, one in aim.items()},
    }


def case_from(document: JsonMapping) -> Case:
    """
    Read a case from its JSON object.

    Raises:
        UsageError: It is none, or one of another version.
    """
    try:
        if document["version"] != _VERSION:
            what = "the case is of another version of seamproof"
            raise UsageError(what, expected=str(_VERSION), found=str(document["version"]))
        members = {name: document[name] for name in _PLAIN}
        requests = tuple(_request_from(one) for one in document["requests"])
        return Case(**members, requests=requests, aim=_aim_from(document["aim"]))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        what = "the file holds no case"
        raise UsageError(what, found=f"{type(problem).__name__}: {problem}") from problem


_PLAIN: Final = (
    *("id", "check", "title", "severity", "event_type", "expected", "cause", "received"),
)


def _request_json(request: Request, *, small: bool) -> JsonObject:
    return {
        "method": request.method,
        "event_type": request.event_type,
        "recipe": request.recipe,
        "age": request.age,
        "message_id": request.message_id,
        "headers": [list(pair) for pair in request.headers],
        **pack(request.body, small=small),
    }


def _request_from(members: JsonMapping) -> Request:
    recipe = members["recipe"]
    if recipe not in RECIPES:
        what = f"no recipe is called {recipe!r}"
        raise ValueError(what)
    return Request(
        method=str(members["method"]),
        event_type=members["event_type"],
        recipe=recipe,
        age=int(members["age"]),
        message_id=str(members["message_id"]),
        headers=tuple((str(name), str(value)) for name, value in members["headers"]),
        body=unpack(members),
    )


def _aim_from(members: JsonMapping) -> Aim:
    accept = tuple((int(low), int(high)) for low, high in members["accept"])
    overrides = tuple(map(str, members["overrides"]))
    return Aim(**{**members, "accept": accept, "overrides": overrides})
