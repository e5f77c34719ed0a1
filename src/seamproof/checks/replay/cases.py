"""
Cases: one failure each, with everything needed to send it again except the secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from seamproof.checks.model.exchange import Request
from seamproof.checks.model.options import RunOptions
from seamproof.checks.reporting.bodies import pack, unpack
from seamproof.checks.reporting.formats.as_json import answer_json, received_json
from seamproof.checks.reporting.identity import identified_failures
from seamproof.checks.reporting.requests.sequence import sent_requests
from seamproof.errors import UsageError
from seamproof.signing.forgeries import RECIPES
from seamproof.urls import without_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.checks.reporting.view import ReportView
    from seamproof.json_types import JsonMapping, JsonObject

#: Members of a case file that are fields of `Case` as they are.
_PLAIN: Final = (
    *("id", "check", "title", "severity", "event_type", "expected", "cause", "received"),
)
#: Members of a request in it that say what came back.
_ANSWER: Final = ("status", "note")
_VERSION: Final = 1
_TEXT: Final = (str,)
_OPTIONAL_TEXT: Final = (str, type(None))
_NUMBER: Final = (int, float, type(None))
#: The types of the members of a case, and of `aim` in it; a bool is no number.
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("id", "check", "title", "severity", "expected", "cause"), _TEXT),
    "event_type": _OPTIONAL_TEXT,
    "received": (dict,),
    "requests": (list,),
    "aim": (dict,),
}
_AIM_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("target", "app_dir", "events", "secret_env", "seam_endpoint_env"), _TEXT),
    **dict.fromkeys(("kind", "path", "state", "breaker", "world", "catch_up"), _OPTIONAL_TEXT),
    **dict.fromkeys(("accept", "expect", "overrides"), (list,)),
    **dict.fromkeys(("remote", "quick"), (bool,)),
    "seed": (int,),
    "rate": _NUMBER,
    "settle": _NUMBER,
}
#: RFC 9110, section 5.6.2; and what no header value can contain.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


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
        answers: What came back for each request when it was found: `status`, and in `note` what
            distinguishes it from those before it. Empty in cases of version 0.1.0.
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
    answers: tuple[JsonMapping, ...] = ()


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
            answers=tuple(map(answer_json, sent_requests(failure))),
        )
        for check, failure, name in identified_failures(view.report)
    )


def case_json(case: Case, *, small: bool = False) -> JsonObject:
    """
    Write a case as a JSON object.

    Args:
        case: The case.
        small: Whether large bodies are to be compressed.
    """
    answers = case.answers or ({},) * len(case.requests)
    return {
        "version": _VERSION,
        **{name: getattr(case, name) for name in _PLAIN},
        "requests": [
            {**_request_json(one, small=small), **answer}
            for one, answer in zip(case.requests, answers, strict=True)
        ],
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
        _check_types(document, _TYPES)
        _check_types(document["aim"], _AIM_TYPES)
        members = {name: document[name] for name in _PLAIN}
        requests = tuple(_request_from(one) for one in document["requests"])
        answers = tuple(
            {name: one[name] for name in _ANSWER if name in one} for one in document["requests"]
        )
        options = options_from(document["aim"])
        return Case(**members, requests=requests, options=options, answers=answers)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as problem:
        what = "the file holds no case"
        raise UsageError(what, found=f"{type(problem).__name__}: {problem}") from problem


def _check_types(members: JsonMapping, types: Mapping[str, tuple[type, ...]]) -> None:
    for name in types.keys() & members.keys():
        value = members[name]
        if not isinstance(value, types[name]) or (
            isinstance(value, bool) and bool not in types[name]
        ):
            message = f"{name} is of type {type(value).__name__}"
            raise TypeError(message)


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
        "world": options.world,
        "catch_up": _shown(options.catch_up),
        "seam_endpoint_env": options.seam_endpoint_env,
        "remote": options.allow_remote,
        "accept": [[accepted.start, accepted.stop - 1] for accepted in options.accept],
        "events": options.events,
        "expect": list(options.expect),
        "overrides": list(options.overrides),
        "seed": options.seed,
        "rate": options.rate,
        "settle": options.settle,
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
    members = {"seed": 0, "target": "", **aim}
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
    headers = tuple((str(name), str(value)) for name, value in members["headers"])
    if not all(
        _TOKEN.fullmatch(one) for one in (members["method"], *(name for name, _ in headers))
    ):
        what = "a method or the name of a header is no token"
        raise ValueError(what)
    if any(_CONTROL.search(value) for _, value in headers):
        what = "a header has a control character"
        raise ValueError(what)
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
        headers=headers,
        body=unpack(members),
    )


#: The members of `aim` that say where to aim, what to import and which variable to read.
PLACES: Final = frozenset(
    (
        *("target", "kind", "path", "app_dir", "state", "breaker", "world", "catch_up", "remote"),
        *("secret_env", "seam_endpoint_env"),
    )
)


def without_places(case: Case) -> Case:
    """
    Leave out of a case where to aim, what to import and which variable to read.
    """
    aim = {name: value for name, value in aim_json(case.options).items() if name not in PLACES}
    return replace(case, options=options_from({"target": "", **aim}))


#: The members that `aim` may have.
_AIM: Final = frozenset(aim_json(RunOptions(target="", seed=0)))
