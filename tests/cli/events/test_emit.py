"""
`seamproof emit`: signed events at a handler, over a real socket.
"""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from svix.webhooks import Webhook

from seamproof.checks import create_app
from seamproof.mock_server import serving
from seamproof.schemas import catalog
from seamproof.signing import Secret, verify
from seamproof.strategies import JOURNEYS
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.runner import Done, Run
    from tests.mock_server.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = Secret.generate(b"another secret".ljust).reveal()
NOWHERE = "http://127.0.0.1:1/"
ISSUED = "acs_credential.issued"
LINE = re.compile(
    r"(?P<status>\d{3}|---) +(?P<ms>[\d.]+) ms  (?P<type>\S+)  (?P<id>msg_\w{27})(  (?P<why>.+))?"
)


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    """
    Starting and stopping a receiver takes a while, so these tests share one.
    """
    with receiving() as one:
        yield one


@pytest.fixture
def receiver(listening: Receiver) -> Receiver:
    """
    A handler that takes everything, and keeps what this test sends.
    """
    listening.received.clear()
    return listening


def documents(done: Done) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """
    Read the output for machines: a line each attempt, the summary last.
    """
    *attempts, last = [json.loads(line) for line in done.stdout.splitlines()]
    assert set(last) == {"summary"}
    return attempts, last["summary"]


def test_each_event_of_a_pattern_arrives_signed(seamproof: Run, receiver: Receiver) -> None:
    """
    A line each tells status, milliseconds, event type and message id; the summary comes last.
    """
    done = seamproof(
        *("emit", "acs_credential.*", "--to", receiver.url, "--secret", SECRET, "--seed", "1")
    )

    types = [schema.event_type for schema in catalog().match("acs_credential.*")]
    *lines, summary = done.stdout.splitlines()
    matches = [LINE.fullmatch(line) for line in lines]
    assert (done.status, done.stderr) == (0, "")
    assert [match and match["type"] for match in matches] == types
    assert {match and match["status"] for match in matches} == {"204"}
    assert summary == f"{len(types)} events sent, {len(types)} delivered, 0 failed"
    assert [one.headers["svix-id"] for one in receiver.received] == [
        match and match["id"] for match in matches
    ]
    for one in receiver.received:
        Webhook(SECRET).verify(one.body, one.headers)


def test_the_seam_sdk_takes_every_event(seamproof: Run, receiver: Receiver) -> None:
    """
    What arrives at a handler is verified and read by Seam's own SDK.
    """
    seam = pytest.importorskip("seam", reason="the seam SDK is not installed: it pins svix < 2")
    done = seamproof("emit", "*", "--to", receiver.url, "--secret", SECRET, "--format", "json")

    webhook = seam.SeamWebhook(SECRET)
    read = [webhook.verify(one.body.decode(), one.headers) for one in receiver.received]

    attempts, _ = documents(done)
    assert [event.event_type for event in read] == [one["event_type"] for one in attempts]
    assert len(read) == len(catalog().match())


def test_the_model_handler_takes_what_is_signed_with_its_secret(seamproof: Run) -> None:
    """
    With the handler's secret every event is delivered, with another one none, and a hint says so.
    """
    with serving(create_app(SECRET)) as url:
        words = ["emit", "acs_credential.*", "--to", f"{url}/webhooks/seam", "--count", "3"]
        done = seamproof(*words, "--secret", SECRET)
        refused = seamproof(*words, "--secret", OTHER)

    assert (done.status, refused.status) == (0, 1)
    assert "3 events sent, 3 delivered, 0 failed" in done.stdout
    assert "3 events sent, 0 delivered, 3 failed" in refused.stdout
    assert refused.stdout.count("is its secret the same?") == 3


def test_the_output_for_machines_is_ndjson(seamproof: Run, receiver: Receiver) -> None:
    """
    Each attempt is an object, and so is the summary.
    """
    url = f"{receiver.url}/status/500"
    done = seamproof(
        *("emit", ISSUED, "--to", url, "--secret", SECRET, "--count", "2", "--format", "json")
    )

    attempts, summary = documents(done)
    assert done.status == 1
    assert summary == {"sent": 2, "delivered": 0, "failed": 2}
    for one, received in zip(attempts, receiver.received, strict=True):
        assert one.pop("milliseconds") > 0
        assert one == {
            "status": 500,
            "event_type": ISSUED,
            "message_id": received.headers["svix-id"],
            "delivered": False,
            "reason": "answered 500, expected 200-299; the handler fails",
        }


@pytest.mark.parametrize(
    ("status", "exit_status"),
    [(200, 0), (204, 0), (299, 0), (301, 1), (302, 1), (308, 1), (400, 1), (404, 1), (500, 1)],
)
def test_the_answer_decides_the_exit_status(
    seamproof: Run, receiver: Receiver, status: int, exit_status: int
) -> None:
    """
    Only 2xx is a success; a redirect is a failure that is not followed.
    """
    done = seamproof("emit", ISSUED, "--to", f"{receiver.url}/status/{status}", "--secret", SECRET)

    match = LINE.fullmatch(done.stdout.splitlines()[0])
    assert match
    assert done.status == exit_status
    assert match["status"] == str(status)
    assert bool(match["why"]) == bool(exit_status)
    assert [one.path for one in receiver.received] == [f"/status/{status}"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_where_nothing_listens_it_ends_at_once(seamproof: Run, style: str) -> None:
    """
    The first refused connection ends the command with status 3 and the question to ask.
    """
    done = seamproof(
        *("emit", "*", "--to", NOWHERE, "--secret", SECRET, "--seed", "1", "--format", style)
    )

    assert done.status == 3
    assert done.stderr.startswith(f"seamproof: {NOWHERE}: nothing answers")
    assert "is the handler running there?" in done.stderr
    *attempts, summary = done.stdout.splitlines()
    assert len(attempts) == 1
    assert summary in (
        "1 event sent, 0 delivered, 1 failed",
        '{"summary": {"sent": 1, "delivered": 0, "failed": 1}}',
    )


@pytest.mark.parametrize(
    ("url", "words", "status", "told"),
    [
        ("http://192.0.2.7/", [], 2, "--allow-remote"),
        ("http://seamproof.invalid/hook", [], 2, "--allow-remote"),
        ("http://seamproof.invalid/hook", ["--allow-remote"], 3, "nothing answers"),
    ],
)
def test_another_machine_has_to_be_allowed(
    seamproof: Run, url: str, words: list[str], status: int, told: str
) -> None:
    """
    No event leaves this machine by accident; with the option the name is at least tried.
    """
    done = seamproof("emit", ISSUED, "--to", url, "--secret", SECRET, *words)

    assert done.status == status
    assert told in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([ISSUED, "--to", "127.0.0.1:8000"], "the target is not a URL"),
        (["--to", NOWHERE], "either a pattern or --file"),
        ([ISSUED, "--file", "x", "--to", NOWHERE], "either a pattern or --file"),
        (["--file", "missing.json", "--to", NOWHERE], "missing.json"),
        (["--file", "-", "--set", "a=b", "--to", NOWHERE], "byte for byte"),
        (["acs_credental.*", "--to", NOWHERE], "acs_credential."),
        ([ISSUED, "--set", "device=7", "--to", NOWHERE], "'device'"),
    ],
)
def test_a_slip_is_told_before_anything_is_sent(
    seamproof: Run, words: list[str], told: str
) -> None:
    """
    A target, pattern, file or override that does not do ends the command with status 2.
    """
    done = seamproof("emit", *words, "--secret", SECRET)

    assert done.status == 2
    assert told in done.stderr


def test_an_override_that_fits_only_some_events_sends_none(
    seamproof: Run, receiver: Receiver
) -> None:
    """
    A wrong option is found before the first event goes out, not after the fourth.
    """
    first, *_, last = catalog().match("access_*")
    assert "access_code_id" in first.properties
    assert "access_code_id" not in last.properties

    done = seamproof(
        *("emit", "access_*", "--to", receiver.url, "--secret", SECRET),
        *("--set", "access_code_id=0b1c2d3e-4f50-4a61-8b72-9c83ad94be05"),
    )

    assert done.status == 2
    assert receiver.received == []


def test_the_options_of_sample_apply(seamproof: Run, receiver: Receiver) -> None:
    """
    With the same seed and options, what is sent is what `sample` prints.
    """
    words = ["connected_account.deleted", "--count", "3", "--seed", "7", "--presence", "mixed"]
    words += ["--set", "customer_key=hötel", "--set-extra", "robot=true"]

    seamproof("emit", *words, "--to", receiver.url, "--secret", SECRET)

    printed = seamproof("sample", *words).stdout.splitlines()
    assert [body.decode() for body in receiver.bodies] == printed
    assert len(printed) == 3


def test_a_rotation_signs_with_every_secret(
    seamproof: Run, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A handler that knows either secret of the variable takes the event.
    """
    monkeypatch.setenv("SEAM_WEBHOOK_SECRET", f"{OTHER} {SECRET}")

    seamproof("emit", ISSUED, "--to", receiver.url)

    (one,) = receiver.received
    for secret in (OTHER, SECRET):
        assert verify(one.body, one.headers, secret, now=time.time())


RAW = b'{ "b": 1.0,\n\t"a": "\\/\\u00e9\xc3\xa9", "a": 1e2,\r\n "event_type": "robot.awakened"}'
FILES = {
    "one event": ("event.json", RAW, [RAW]),
    "one event with space around": ("event.json", b"\n " + RAW + b"\n\n", [RAW]),
    "an array": ("events.json", b"[" + RAW + b" ,\n{}]", [RAW, b"{}"]),
    "an event a line": ("lines.ndjson", b'{"a": 1}\r\n\n{ "a":2 }\n', [b'{"a": 1}', b'{ "a":2 }']),
    "no line feed at the end": ("lines.json", b'{"a": 1}\n{"a":2}', [b'{"a": 1}', b'{"a":2}']),
    "no event": ("events.json", b"[]", []),
}


@pytest.mark.parametrize(("name", "text", "bodies"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("source", ["file", "standard input"])
def test_a_file_is_sent_byte_for_byte(
    seamproof: Run,
    receiver: Receiver,
    tmp_path: Path,
    name: str,
    text: bytes,
    bodies: list[bytes],
    source: str,
) -> None:
    """
    Escapes, spacing and repeated names go out as they stand in the file, signed like that.
    """
    file = tmp_path / name
    file.write_bytes(text)
    source = str(file) if source == "file" else "-"

    done = seamproof("emit", "--file", source, "--to", receiver.url, "--secret", SECRET, stdin=text)

    assert done.status == 0
    assert receiver.bodies == bodies
    for one in receiver.received:
        assert verify(one.body, one.headers, SECRET, now=time.time())


def test_a_file_can_be_sent_several_times(
    seamproof: Run, receiver: Receiver, tmp_path: Path
) -> None:
    """
    The count goes round the events of the file, and each time is a message of its own.
    """
    file = tmp_path / "events.ndjson"
    file.write_bytes(b'{"n":1}\n{"n":2}\n')

    seamproof(
        *("emit", "--file", str(file), "--count", "5", "--to", receiver.url, "--secret", SECRET)
    )

    assert receiver.bodies == [b'{"n":1}', b'{"n":2}', b'{"n":1}', b'{"n":2}', b'{"n":1}']
    assert len({one.headers["svix-id"] for one in receiver.received}) == 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "there is no JSON value"),
        (b"{,", ":1: line 1"),
        (b'{"n":1}\n{"n":\n{"n":3}\n', ":2: line 2"),
        (b'"text"', "an event is a JSON object"),
        (b'{"n":"\xff"}', "0xff is not UTF-8"),
    ],
)
def test_a_file_that_holds_no_events_is_refused(
    seamproof: Run, receiver: Receiver, tmp_path: Path, text: bytes, told: str
) -> None:
    """
    The error names the line, and not even the events before it are sent.
    """
    file = tmp_path / "events.ndjson"
    file.write_bytes(text)

    done = seamproof("emit", "--file", str(file), "--to", receiver.url, "--secret", SECRET)

    assert done.status == 2
    assert f"{file}:" in done.stderr
    assert told in done.stderr
    assert receiver.received == []


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_journey_arrives_in_its_order(seamproof: Run, receiver: Receiver, name: str) -> None:
    """
    Each step is a signed message, sent in its turn; a line each tells of it.
    """
    done = seamproof(
        *("emit", "--journey", name, "--to", receiver.url, "--secret", SECRET, "--seed", "1")
    )

    steps = [one.event_type for one in JOURNEYS[name]]
    *lines, summary = done.stdout.splitlines()
    matches = [LINE.fullmatch(line) for line in lines]
    assert (done.status, done.stderr) == (0, "")
    assert [match and match["type"] for match in matches] == steps
    assert summary == f"{len(steps)} events sent, {len(steps)} delivered, 0 failed"
    assert [json.loads(body)["event_type"] for body in receiver.bodies] == steps
    for one in receiver.received:
        Webhook(SECRET).verify(one.body, one.headers)
    assert len({one.headers["svix-id"] for one in receiver.received}) == len(steps)


def test_a_journey_is_sent_as_sample_prints_it(seamproof: Run, receiver: Receiver) -> None:
    """
    With the same seed and options, the bytes are the same, several journeys in a row.
    """
    words = ["--journey", "access_code", "--count", "2", "--seed", "7", "--presence", "mixed"]
    words += ["--set", "customer_key=hötel", "--set-extra", "robot=true"]

    seamproof("emit", *words, "--to", receiver.url, "--secret", SECRET)

    printed = seamproof("sample", *words).stdout.splitlines()
    assert [body.decode() for body in receiver.bodies] == printed
    assert len(printed) == 2 * len(JOURNEYS["access_code"])


def test_a_journey_for_machines_is_ndjson(seamproof: Run, receiver: Receiver) -> None:
    """
    Each step is an object with its type, in order, whatever the handler answers; then the summary.
    """
    words = ["emit", "--journey", "acs_credential", "--to", f"{receiver.url}/status/500"]
    done = seamproof(*words, "--secret", SECRET, "--format", "json")

    attempts, summary = documents(done)
    assert done.status == 1
    assert [one["event_type"] for one in attempts] == [
        step.event_type for step in JOURNEYS["acs_credential"]
    ]
    assert [one["message_id"] for one in attempts] == [
        one.headers["svix-id"] for one in receiver.received
    ]
    assert {one["status"] for one in attempts} == {500}
    assert summary == {"sent": 4, "delivered": 0, "failed": 4}


def test_a_journey_ends_at_once_where_nothing_listens(seamproof: Run) -> None:
    """
    The first refused connection ends the command with status 3, in the middle of the journey.
    """
    done = seamproof("emit", "--journey", "device", "--to", NOWHERE, "--secret", SECRET)

    assert done.status == 3
    assert "1 event sent, 0 delivered, 1 failed" in done.stdout


def test_no_journey_at_all_is_no_failure(seamproof: Run, receiver: Receiver) -> None:
    """
    A count of nothing sends nothing, and says so.
    """
    words = ["emit", "--journey", "device", "--count", "0", "--to", receiver.url]

    done = seamproof(*words, "--secret", SECRET)

    assert (done.status, done.stdout) == (0, "0 events sent, 0 delivered, 0 failed\n")
    assert receiver.received == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--journey", "acs_credentials"], [*JOURNEYS]),
        (["--journey", ""], [*JOURNEYS]),
        (["*", "--journey", "device"], ["either a pattern or --file or --journey"]),
        (["--file", "x", "--journey", "device"], ["either a pattern or --file or --journey"]),
        (["*", "--file", "x", "--journey", "device"], ["either a pattern or --file or --journey"]),
        (["--journey", "device", "--set", "robot=1"], ["'robot'", "--set-extra"]),
        (["--journey", "access_code", "--set", "from.nmae=x"], ["'from.nmae'", "--set-extra"]),
        (["--journey", "device", "--set", "battery_level=7"], ["battery_level must be "]),
    ],
)
def test_a_slip_with_a_journey_sends_nothing(
    seamproof: Run, receiver: Receiver, words: list[str], told: list[str]
) -> None:
    """
    An unknown name, a second source or an override that fits no step ends the command with 2.
    """
    done = seamproof("emit", *words, "--to", receiver.url, "--secret", SECRET)

    assert done.status == 2
    assert [word for word in told if word not in done.stderr] == []
    assert receiver.received == []
