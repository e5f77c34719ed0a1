"""
Replay: cases are signed and sent again, and the response is judged.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import pytest

from seamproof.checks.generation.signed_request import borrowed
from seamproof.checks.model.exchange import Escaped, Received
from seamproof.checks.model.options import RunOptions
from seamproof.checks.replay.as_pytest import as_pytest
from seamproof.checks.replay.cases import case_json, cases_of
from seamproof.checks.replay.replay import Replayer, check_of, replaying
from seamproof.checks.runner.session import Session
from seamproof.errors import UsageError
from seamproof.signing import Secret, verify
from seamproof.signing.forgeries import RECIPES
from tests.checks.reported import (
    BODY,
    CRASH,
    MESSAGE,
    OPTIONS,
    SECRET,
    failure,
    request,
    result,
    view_of,
)
from tests.checks.requests import signed
from tests.documented import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from seamproof.checks.model.exchange import Request
    from seamproof.checks.model.results import Failure
    from seamproof.checks.replay.cases import Case

LATER = 1_760_000_000.0
OTHER = Secret.generate(b"the secret of later".ljust)


class Recording:
    """
    A target that keeps what it is sent, and answers as it is told.

    A plain delivery before that, which asks whether it takes any, it takes.
    """

    secret = OTHER
    kind = "url"
    receives_method = True
    transfers: frozenset[str] = frozenset()

    def __init__(self, *answers: Received) -> None:
        self.sent: list[Request] = []
        self.answers = list(answers)

    def send(self, request: Request) -> Received:
        """
        Keep a request.
        """
        if request.recipe == "genuine" and not request.age and request.body != BODY:
            return answer(204)
        self.sent.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def send_each(self, requests: Sequence[Request], **_: int) -> list[Received]:
        """
        Keep the first.
        """
        return [self.send(requests[0])]

    def send_all(self, requests: Sequence[Request]) -> list[Received]:
        """
        Keep several.
        """
        return [self.send(one) for one in requests]


class Replay(Protocol):
    """
    Replays a case.
    """

    def __call__(self, case: Case, *answers: Received) -> tuple[bool, Recording]:
        """
        Say whether the handler does right, and what it was sent.
        """


@pytest.fixture
def replay() -> Replay:
    """
    Replay a case at a handler that answers as told.
    """

    def one(case: Case, *answers: Received) -> tuple[bool, Recording]:
        target = Recording(*answers)
        replayer = replayer_of(target)
        return replayer(case).right, target

    return one


def replayer_of(target: Recording) -> Replayer:
    """
    Open a target that records what it is sent.
    """
    session = Session(options=OPTIONS, target=target)  # type: ignore[arg-type]
    return Replayer(session=session, clock=lambda: LATER)


def case_of(check: str, found: Failure, options: RunOptions = OPTIONS) -> Case:
    """
    Make the case of a failure.
    """
    (case,) = cases_of(view_of(result(check, "failed", found)), options)
    return case


def answer(status: int | None, **more: object) -> Received:
    """
    Make an answer.
    """
    return Received(status=status, **more)  # type: ignore[arg-type]


def test_a_genuine_request_is_signed_afresh(replay: Replay) -> None:
    """
    The body is the same to the byte; id, time and signature are those of today.
    """
    _, target = replay(case_of("payload.nulls", CRASH), answer(204))

    (sent,) = target.sent
    headers = dict(sent.headers)
    assert sent.body == BODY
    assert headers["svix-id"] != dict(request().headers)["svix-id"]
    assert headers["svix-timestamp"] == "1760000000"
    assert verify(sent.body, headers, OTHER, now=LATER)


@pytest.mark.parametrize("recipe", [name for name in RECIPES if name != "genuine"])
def test_a_forgery_is_made_afresh_and_stays_one(replay: Replay, recipe: str) -> None:
    """
    It is as wrong as it was, and in that way only: the time is that of today.
    """
    case = case_of("signature.stale", failure(sent=(request(recipe),)))

    _, target = replay(case, answer(400))

    sent = target.sent[0]
    then, now = (
        verify(one.body, dict(one.headers), secret, now=clock)
        for one, secret, clock in ((request(recipe), SECRET, 1_750_000_000), (sent, OTHER, LATER))
    )
    assert now.reason is then.reason
    assert now.missing == then.missing


def test_what_was_stale_by_ten_minutes_is_so_again(replay: Replay) -> None:
    """
    Not by the years that have gone by: a handler with a window of a day has to be found out.
    """
    _, target = replay(case_of("signature.stale", failure()), answer(400))

    verdict = verify(BODY, dict(target.sent[0].headers), OTHER, now=LATER)
    assert verdict.skew == -600


def test_requests_of_one_message_have_a_new_id_in_common(replay: Replay) -> None:
    """
    A duplicate is one again, and what was another message still is.
    """
    other = replace(request(), message_id="msg_other")
    several = failure(sent=(request(), other, request(), request("another id")))

    _, target = replay(case_of("payload.nulls", several), answer(204))

    one, two, three, four = [dict(sent.headers)["svix-id"] for sent in target.sent]
    assert one == three
    assert one != two
    assert one != four
    assert one[:-2] == four[:-2]
    assert MESSAGE not in (one, two)


def test_borrowed_headers_are_borrowed_again(replay: Replay) -> None:
    """
    The other body goes out under the very headers of the new delivery before it.
    """
    first = request()
    pair = failure(sent=(first, borrowed(first, b'{"event_type": "lock.locked"}')))

    _, target = replay(case_of("signature.replayed_signature_new_body", pair), answer(400))

    genuine, forged, *_ = target.sent
    assert genuine.headers == forged.headers
    assert genuine.headers != first.headers
    assert verify(genuine.body, dict(genuine.headers), OTHER, now=LATER)
    assert not verify(forged.body, dict(forged.headers), OTHER, now=LATER)


def test_a_function_sees_no_method() -> None:
    """
    So whether it takes a GET for a delivery is not its business, and cannot be decided.
    """
    target = Recording(answer(204))
    target.receives_method = False
    replayer = replayer_of(target)

    with pytest.raises(UsageError, match="receives no method"):
        replayer(case_of("delivery.wrong_method", failure(sent=(request(method="GET"),))))
    assert target.sent == []


def test_a_body_that_arrives_whole_cannot_show_how_it_is_put_together() -> None:
    """
    A case of a split body is decided by a target that bodies are split for, and by no other.
    """
    target = Recording(answer(204))
    sent = replace(request(), transfer="two segments")
    case = case_of("delivery.split_body", failure(sent=(sent,)))

    with pytest.raises(UsageError, match="does not reach this target in its parts"):
        replayer_of(target)(case)
    target.transfers = frozenset(("two segments",))
    assert replayer_of(target)(case).right
    assert [one.transfer for one in target.sent] == ["two segments"]


CRASHED = Received(status=500, escaped=Escaped(kind="E", message="", place="a.py:1", trace=""))
LATE = answer(204, milliseconds=6_000.0)
JUDGED = [
    ("signature.stale", answer(400), True),
    ("signature.stale", answer(401), True),
    ("signature.stale", answer(200), False),
    ("signature.stale", answer(302), False),
    ("signature.stale", answer(500), False),
    ("signature.stale", answer(None, reason="no answer within 20 s"), False),
    ("signature.malformed_header", CRASHED, False),
    ("signature.header_case", answer(204), True),
    ("signature.raw_body", answer(400), False),
    ("signature.rotation_last", answer(400), False),
    ("signature.tolerated_skew", answer(204), True),
    ("payload.nulls", answer(204), True),
    ("payload.nulls", answer(404), False),
    ("payload.nulls", Received(status=200, escaped=CRASHED.escaped), False),
    ("payload.signed_malformed_json", answer(400), True),
    ("payload.signed_malformed_json", answer(204), True),
    ("payload.signed_malformed_json", answer(503), False),
    ("payload.signed_non_object", answer(None), False),
    ("delivery.success_status", answer(307), False),
    ("delivery.wrong_method", answer(405), True),
    ("delivery.wrong_method", answer(200), False),
    ("delivery.response_time", LATE, True),
    ("delivery.response_time", answer(204, milliseconds=16_000.0), False),
]


@pytest.mark.parametrize(("check", "received", "right"), JUDGED)
def test_a_replay_is_judged_as_its_check_judges(
    replay: Replay, check: str, received: Received, *, right: bool
) -> None:
    """
    By the last answer.
    """
    assert replay(case_of(check, failure()), received)[0] is right


def test_a_handler_that_refuses_everything_does_not_do_right() -> None:
    """
    It may be that it knows another secret: the verdict says so.
    """
    with replaying({"target": f"{__name__}:refusing"}, secret=OTHER) as replayer:
        replayed = replayer(case_of("signature.stale", failure()))

    assert not replayed.right
    assert "the plain genuine delivery fails (answered 401)" in replayed.unproved
    assert "the secret of SEAM_WEBHOOK_SECRET?" in replayed.unproved
    assert "not proved: the plain genuine delivery fails" in str(replayed)


def refusing(body: bytes, headers: Mapping[str, str]) -> int:
    """
    Refuse whatever comes.
    """
    return 401 if body and headers else 400


@pytest.mark.parametrize(
    ("check", "recipe"),
    [
        ("signature.stale", "genuine"),
        ("signature.wrong_secret", "another secret"),
        ("payload.signed_malformed_json", "genuine"),
        ("delivery.wrong_method", "genuine"),
    ],
)
@pytest.mark.parametrize(
    ("status", "headers", "why"),
    [
        (429, {}, "the handler limits its rate: 429 after 3 requests; use rate="),
        (429, {"retry-after": "3600"}, "use rate= (it asks to wait 3600 s)"),
        (403, {}, "no longer accepts genuine deliveries, which it accepted at first"),
    ],
)
def test_a_limiter_mends_no_handler(
    monkeypatch: pytest.MonkeyPatch,
    check: str,
    recipe: str,
    status: int,
    headers: dict[str, str],
    why: str,
) -> None:
    """
    A rejection is proved by a genuine delivery after it; without one it is not proved.
    """

    class Limited(Recording):
        plain = 0

        def send(self, request: Request) -> Received:
            self.plain += 1
            limited = answer(status, headers=headers)
            return limited if self.plain > 3 else super().send(request)

    without_pauses(monkeypatch)
    case = case_of(check, failure(sent=(request(recipe, age=600),)))

    replayed = replayer_of(Limited(answer(200)))(case)

    assert not replayed.right
    assert why in replayed.unproved
    assert str(replayed).startswith(f"{case.id}: not proved: ")


def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Try again at once.
    """
    for module in ("sending.pacing", "control"):
        monkeypatch.setattr(f"seamproof.checks.probe.{module}.LIMIT_PAUSES", (0.0, 0.0))


def test_a_limit_that_passes_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The answer after the pause decides.
    """
    without_pauses(monkeypatch)
    handler = Recording(answer(429), answer(503, headers={"retry-after": "0"}), answer(200))

    replayed = replayer_of(handler)(case_of("signature.stale", failure()))

    assert not replayed.right
    assert not replayed.unproved


def test_the_accepted_statuses_are_those_of_the_run(replay: Replay) -> None:
    """
    What `--accept` allowed then is allowed now.
    """
    options = replace(OPTIONS, accept=(range(200, 300), range(404, 405)))

    assert replay(case_of("payload.nulls", CRASH, options), answer(404))[0]
    assert not replay(case_of("payload.nulls", CRASH, options), answer(403))[0]


def test_a_slow_answer_is_late_where_the_failure_was_a_warning(replay: Replay) -> None:
    """
    The limit is that of the severity.
    """
    case = case_of("delivery.response_time", failure(severity="warning"))

    assert not replay(case, LATE)[0]


@pytest.mark.parametrize(
    "check",
    [
        *("duplicate", "duplicate_resigned", "concurrent_duplicates", "distinct_events"),
        *("out_of_order", "journey"),
        *("concurrent_burst", "retry_after_failure", "no_effect_when_rejected"),
    ],
)
def test_what_a_response_does_not_show_is_judged_by_the_check(check: str) -> None:
    """
    An effect that comes twice is not seen in a status.
    """
    assert check_of(case_of(f"delivery.{check}", failure())).replay == "check"


HANDLER = """
import os
import time

from seamproof import verify

counted = []

def handler(body, headers):
    if not verify(body, headers, os.environ["SEAM_WEBHOOK_SECRET"], now=time.time()):
        return {refusal}
    counted.append({effect})
    return 204

def state():
    return {{"count": len(counted)}}
"""


@pytest.fixture
def handler(tmp_path: Path) -> Callable[..., RunOptions]:
    """
    Write a handler's module, and aim at it.
    """
    # Modules stay imported for as long as the process lives.
    prefix = f"{tmp_path.name}_".replace("-", "_")

    def write(name: str, *, refusal: int = 400, effect: str = "body") -> RunOptions:
        text = HANDLER.format(refusal=refusal, effect=effect)
        (tmp_path / f"{prefix}{name}.py").write_text(text, encoding="utf-8")
        return replace(OPTIONS, target=f"{prefix}{name}:handler", app_dir=str(tmp_path))

    return write


@pytest.mark.parametrize(("refusal", "right"), [(400, True), (200, False)])
def test_a_replay_at_a_real_handler(
    handler: Callable[..., RunOptions], *, refusal: int, right: bool
) -> None:
    """
    In this process, with a secret that is made for it.
    """
    case = case_of("signature.stale", failure())

    with replaying(handler(f"real{refusal}", refusal=refusal)) as replayer:
        assert replayer(case).right is right


def test_an_exception_of_the_handler_is_shown(handler: Callable[..., RunOptions]) -> None:
    """
    With class, message and place, and without the secret.
    """
    options = handler("leaking", effect="1 / 0 if True else 0")

    with replaying(options) as replayer:
        replayed = replayer(case_of("payload.nulls", CRASH))

    assert not replayed.right
    assert "ZeroDivisionError: division by zero" in str(replayed)
    assert "does wrong" in str(replayed)


def test_a_secret_in_a_response_is_redacted(handler: Callable[..., RunOptions]) -> None:
    """
    Not even at replay.
    """
    options = handler("telling", effect='int(os.environ["SEAM_WEBHOOK_SECRET"])')

    with replaying(options, secret=SECRET) as replayer:
        replayed = replayer(case_of("payload.nulls", CRASH))

    assert "whsec_…" in str(replayed)
    assert SECRET.reveal()[6:] not in str(replayed)


def test_without_a_look_at_the_state_some_cases_are_not_decided(
    handler: Callable[..., RunOptions],
) -> None:
    """
    The error says what to give.
    """
    options = handler("undecided")

    with replaying(options) as replayer, pytest.raises(UsageError, match="cannot be decided"):
        replayer(case_of("delivery.duplicate", failure(), options))


def test_a_whole_check_is_run_again_where_that_decides(handler: Callable[..., RunOptions]) -> None:
    """
    The effect of a duplicate is counted by the check itself.
    """
    options = handler("doubling")
    options = replace(options, state=str(options.target).replace("handler", "state"))

    with replaying(options) as replayer:
        replayed = replayer(case_of("delivery.duplicate", failure(), options))

    assert not replayed.right
    assert "got: A redelivery has its effect a second time." in str(replayed)


def test_regression_tests_run_as_they_are(
    handler: Callable[..., RunOptions], pytester: pytest.Pytester
) -> None:
    """
    They fail for as long as the handler does wrong, with request and answer, and pass then.
    """
    options = handler("regression", refusal=200)
    report = view_of(
        result("signature.stale", "failed", failure(), failure(event_type=None)),
        result("payload.nulls", "failed", CRASH),
        result("payload.large", "failed", failure(sent=(request(body=BODY + b" " * 9_000),))),
    )
    cases = cases_of(report, options)
    file = pytester.path / "test_seam.py"
    written = as_pytest('odd """ \\ \n target', cases, file)
    for path, text in written.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    done = pytester.runpytest_subprocess(*PLAIN, file, "-W", "error")

    done.assert_outcomes(passed=2, failed=2)
    done.stdout.fnmatch_lines(["*AssertionError: signature.stale-*: the handler does wrong*"])
    done.stdout.fnmatch_lines(["*expected: 4xx*", "*got: 200 after * ms*"])
    assert len(written[file].splitlines()) < 45
    assert sum(map(len, written.values())) < 20_000
    assert "Traceback" not in "".join(written.values())
    handler("regression", refusal=400)
    pytester.runpytest_subprocess(*PLAIN, file, "-W", "error").assert_outcomes(passed=4)


def test_without_a_failure_there_is_nothing_to_test(pytester: pytest.Pytester) -> None:
    """
    The file is one that pytest takes all the same, and it says so.
    """
    file = pytester.path / "test_seam.py"
    file.write_text(as_pytest("app:handler", [], file)[file], encoding="utf-8")
    assert as_pytest("app:handler", [], file) == {}

    pytester.runpytest_subprocess(*PLAIN, file).assert_outcomes(skipped=1)


def test_the_case_of_a_regression_test_is_a_case() -> None:
    """
    A case in a test is what is in a case file.
    """
    target = Recording(answer(200))
    replayer = replayer_of(target)

    with pytest.raises(AssertionError, match="expected: 4xx"):
        replayer.test(case_json(case_of("signature.stale", failure())))
    target.answers = [answer(400)]
    replayer.test(case_json(case_of("signature.stale", failure())))


def test_the_secret_stands_where_the_handler_looks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Under the name that the run had for it, and with the value that stands there already.
    """
    (tmp_path / "elsewhere.py").write_text(
        "import os, time\n"
        "from seamproof import verify\n"
        "SECRET = os.environ['MY_SECRET']\n"
        "def handler(body, headers):\n"
        "    return 204 if verify(body, headers, SECRET, now=time.time()) else 400\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("MY_SECRET", SECRET.reveal())
    options = RunOptions(
        seed=0, target="elsewhere:handler", app_dir=str(tmp_path), secret_env="MY_SECRET"
    )

    with replaying(options) as opened:
        received = opened.session.target.send(signed({"event_type": "x.y"}, "msg_1", secret=SECRET))

    assert received.status == 204


def test_regression_tests_of_version_0_1_0_find_their_import() -> None:
    """
    A generated test imports `replaying` from where version 0.1.0 had it.
    """
    former = import_module("seamproof.checks.reporting.replaying")

    assert former.replaying is import_module("seamproof.checks").replaying
