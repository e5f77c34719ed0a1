"""
The report as JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from seamproof.checks.reporting.bodies import base64_unless_text, text_of
from seamproof.checks.reporting.explanation import explain
from seamproof.checks.reporting.identity import case_id
from seamproof.checks.reporting.requests.differences import differences
from seamproof.checks.reporting.requests.sequence import sent_requests
from seamproof.checks.reporting.wording import exception_of
from seamproof.version import __version__

if TYPE_CHECKING:
    from seamproof.checks.model.exchange import Received
    from seamproof.checks.model.results import Failure, Result
    from seamproof.checks.model.state_changes import StateChange
    from seamproof.checks.reporting.requests.sequence import SentRequest
    from seamproof.checks.reporting.view import ReportView
    from seamproof.json_types import JsonObject


def as_json(view: ReportView) -> str:
    """
    Write the report as one JSON document.

    Some members are there only if they are not empty: of the run `command`, which repeats it,
    `notice`, `stopped` and `failed_by`, the ids of the checks that fail it, and `incomplete`, the
    ids of those for which its time was too short; `note` of a check, and `unreached`, the event
    types that it had no time for; `watched`, for how many seconds a check that has passed waited
    for a second effect, which a worker may make later; `known`, `finding` (what the handler does
    wrong, found out by trying), `before` (the requests before the one that failed),
    `differs` (the properties in which its event is not a genuine one) and `state` (the changes of
    the state) of a failure; `status` and `note` of a request of a sequence, `event_type`, `method`
    of one that is not POST, `body_base64` of a body that is not UTF-8, `traceback` of an exception,
    `printed`, what the handler wrote meanwhile, `reason` and `changes` of an event type.
    """
    report = view.report
    figures = {"deliveries": report.deliveries, "seconds": round(report.seconds, 3)}
    document = {
        "seamproof": __version__,
        **_unless_empty(command=view.command),
        "target": report.target,
        "seed": report.seed,
        "failed": view.failed,
        "strict": view.strict,
        "fail_on": view.level,
        **_unless_empty(notice=report.notice),
        **_unless_empty(stopped=report.stopped, failed_by=[one.check.id for one in view.failing]),
        **_unless_empty(
            time_limit=report.time_limit,
            waited=round(report.waited, 3),
            incomplete=[one.id for one in report.incomplete],
        ),
        "summary": view.counts() | figures,
        "checks": [_check(one, view) for one in report.results],
        "event_types": [
            {
                "event_type": one.event_type,
                "outcome": one.outcome,
                **_unless_empty(reason=one.reason, changes=one.changes),
            }
            for one in report.event_types
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def received_json(received: Received | None) -> JsonObject:
    """
    Write an answer; its members are empty where no single answer shows the failure.
    """
    if received is None:
        return {"status": None, "body": "", "ms": None, "exception": None}
    escaped = received.escaped
    return {
        "status": received.status,
        "body": text_of(received.body),
        "ms": round(received.milliseconds, 3),
        "exception": exception_of(escaped) if escaped else None,
        **_unless_empty(traceback=escaped.trace if escaped else "", reason=received.reason),
        **_unless_empty(printed=received.printed),
    }


def _check(result: Result, view: ReportView) -> JsonObject:
    return {
        "id": result.check.id,
        "severity": result.check.severity,
        "status": view.status_of(result),
        "deliveries": result.deliveries,
        "seconds": round(result.seconds, 3),
        **_unless_empty(note=result.note, unreached=result.unreached),
        **({} if result.watched is None else {"watched": round(result.watched, 3)}),
        "failures": [_failure(one, result, view) for one in result.failures],
    }


def _failure(failure: Failure, result: Result, view: ReportView) -> JsonObject:
    sent = [_request(one) for one in sent_requests(failure)]
    changes = differences(failure.sent[-1].body, failure.genuine) if failure.sent else ()
    case = case_id(result.check, failure, view.report.target)
    explained = explain(result.check, failure)
    return {
        "event_type": failure.event_type,
        "headline": explained.headline,
        "sent": sent[-1] if sent else None,
        **_unless_empty(before=sent[:-1]),
        "expected": failure.expected,
        **_unless_empty(finding=failure.finding),
        "received": received_json(failure.received),
        "cause": failure.cause,
        "fix": explained.fix,
        "why": explained.why,
        **_unless_empty(
            differs=[{"property": one.name, "how": one.mark} for one in changes if one.name]
        ),
        **_unless_empty(state=_state(failure)),
        "case": case,
        **_unless_empty(known=case in view.known),
    }


def _state(failure: Failure) -> JsonObject:
    deviation = failure.deviation
    if deviation is None:
        return {}
    return {
        "expected": [_change(one) for one in deviation.missing],
        "got": [_change(one) for one in deviation.unexpected],
    }


def _change(change: StateChange) -> JsonObject:
    return {
        "path": change.path,
        "change": change.op,
        **_unless_empty(before=change.before, value=change.value),
    }


def answer_json(sent: SentRequest) -> JsonObject:
    """
    Write what came back for a request of a sequence: its status, and what distinguishes it.

    The status is null where there was no answer, and left out where it is not known.
    """
    known = {} if sent.received is None else {"status": sent.received.status}
    return known | _unless_empty(note=sent.note)


def _request(sent: SentRequest) -> JsonObject:
    request = sent.request
    headers: dict[str, str] = {}
    for name, value in request.headers:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return {
        **_unless_empty(method=request.method if request.method != "POST" else ""),
        **_unless_empty(event_type=request.event_type),
        **answer_json(sent),
        "headers": headers,
        "body": text_of(request.body),
        **_unless_empty(body_base64=base64_unless_text(request.body)),
    }


def _unless_empty(**members: object) -> JsonObject:
    return {name: value for name, value in members.items() if value}
