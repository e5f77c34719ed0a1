"""
Case files: one failure each, with everything needed to send it again except the secret.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.exchange import Request
from seamproof.checks.model.options import RunOptions
from seamproof.checks.reporting.as_json import received_json
from seamproof.checks.reporting.bodies import pack, unpack
from seamproof.checks.reporting.identity import identified_failures
from seamproof.errors import UsageError
from seamproof.signing.forgeries import RECIPES
from seamproof.urls import without_password

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seamproof.checks.reporting.view import ReportView
    from seamproof.json_types import JsonMapping, JsonObject

#: Members of a case file that are fields of `Case` as they are.
_PLAIN: Final = (
    *("id", "check", "title", "severity", "event_type", "expected", "cause", "received"),
)
#: Where case files stand, from the current directory.
CASES: Final = Path(".seamproof") / "cases"
_VERSION: Final = 1


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
        cause: What distinguishes it from other failures of the check.
        received: The response, as in the JSON report.
        requests: To send in order; the last one is the one that failed.
        options: Of the run, as far as a case file has them: `aim_json`.
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
    options: RunOptions


def cases_of(view: ReportView, options: RunOptions) -> tuple[Case, ...]:
    """
    Make a case of each failure of a run; none if a command could not open the handler again.

    Args:
        view: The distilled report, from which no secret can get into a case.
        options: Of the run.
    """
    if not options.can_be_replayed:
        return ()
    shown = options_from(aim_json(options))
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
            options=shown,
        )
        for check, failure, name in identified_failures(view.report)
    )


def write_cases(cases: Iterable[Case], directory: Path = CASES) -> str:
    """
    Write a file for each case, in the place of an earlier one of the same failure.

    Returns:
        Why they could not be written; empty if they were.
    """
    try:
        for case in cases:
            directory.mkdir(parents=True, exist_ok=True)
            path = directory / f"{case.id}.json"
            path.write_text(json.dumps(case_json(case), indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        return f"{directory}: no case files: {problem.strerror}"
    return ""


def save_cases(view: ReportView, options: RunOptions) -> tuple[tuple[Case, ...], str]:
    """
    Make a case of each failure of a run, and write their files.

    Returns:
        The cases, and why they could not be written; empty if they were.
    """
    cases = cases_of(view, options)
    return cases, write_cases(cases)


def find_case(name: str, directory: Path = CASES) -> Case:
    """
    Read a case by its id, by the beginning of its id, or from its file.

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
        what = f"the case is not JSON: {problem}"
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
    return {
        "version": _VERSION,
        **{name: getattr(case, name) for name in _PLAIN},
        "requests": [_request_json(one, small=small) for one in case.requests],
        "aim": aim_json(case.options),
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
        return Case(**members, requests=requests, options=options_from(document["aim"]))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        what = "the file holds no case"
        raise UsageError(what, found=f"{type(problem).__name__}: {problem}") from problem


def aim_json(options: RunOptions) -> JsonObject:
    """
    Write the options that a replay needs, without secret and passwords: `aim` of a case.
    """
    return {
        "target": _shown(options.target),
        "kind": options.kind,
        "path": options.path,
        "app_dir": options.app_dir,
        "state": _shown(options.state),
        "breaker": _shown(options.breaker),
        "remote": options.allow_remote,
        "accept": [[accepted.start, accepted.stop - 1] for accepted in options.accept],
        "events": options.events,
        "expect": list(options.expect),
        "overrides": list(options.overrides),
        "seed": options.seed,
        "rate": options.rate,
        "quick": options.quick,
        "secret_env": options.secret_env,
    }


def options_from(aim: JsonMapping) -> RunOptions:
    """
    Read the options of a run from the member `aim` of a case; what is missing is the default.

    Raises:
        TypeError: There is a member of another name.
        ValueError: A member is of another form.
    """
    unknown = [name for name in aim if name not in _AIM]
    if unknown:
        message = f"unknown members of aim: {', '.join(unknown)}"
        raise TypeError(message)
    members = {"seed": 0, **aim}
    if "remote" in members:
        members["allow_remote"] = members.pop("remote")
    if "accept" in members:
        members["accept"] = tuple(range(int(low), int(high) + 1) for low, high in aim["accept"])
    for name in {"expect", "overrides"} & {*members}:
        members[name] = tuple(map(str, aim[name]))
    return RunOptions(**members)


def _shown(source: object) -> str | None:
    return None if source is None else without_password(str(source))


def _request_json(request: Request, *, small: bool) -> JsonObject:
    return {
        "method": request.method,
        "event_type": request.event_type,
        "recipe": request.recipe,
        "age": request.age,
        "message_id": request.message_id,
        "headers": [list(pair) for pair in request.headers],
        **({} if request.transfer == "whole" else {"transfer": request.transfer}),
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
        transfer=members.get("transfer", "whole"),
        headers=tuple((str(name), str(value)) for name, value in members["headers"]),
        body=unpack(members),
    )


#: The members that `aim` may have.
_AIM: Final = frozenset(aim_json(RunOptions(target="", seed=0)))
