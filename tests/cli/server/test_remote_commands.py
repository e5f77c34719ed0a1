"""
`trigger`, `messages`, `resend`, `clock`, `endpoints` and `reset`, which speak to a running server.
"""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from functools import partial
from typing import TYPE_CHECKING

import pytest

from seamproof import MockServer
from tests.cli.servers import MAIN, clean
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.runner import Done, Run
    from tests.mock_server.receiver import Receiver

SYSTEM = "4fbb1f3c-5f6c-4c3b-9d0e-0f6f3f2f1a11"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """
    A handler on a real socket.
    """
    with receiving() as one:
        yield one


@pytest.fixture
def server(receiver: Receiver) -> Iterator[MockServer]:
    """
    A server with an endpoint that accepts everything.
    """
    receiver.received.clear()
    with MockServer(clock="manual", jitter=0) as one:
        one.register(f"{receiver.url}/hook")
        yield one


@pytest.fixture
def command(
    seamproof: Run, server: MockServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """
    Run a command that finds the server by its environment.
    """
    monkeypatch.setenv("SEAMPROOF_SERVER", server.url)
    monkeypatch.delenv("SEAMPROOF_API_KEY", raising=False)
    return partial(seamproof)


def test_events_are_triggered(
    command: Callable[..., Done], server: MockServer, receiver: Receiver
) -> None:
    """
    The ids are printed, and the events arrive with what was set.
    """
    done = command(
        "trigger", "acs_credential.*", "--set", f"acs_system_id={SYSTEM}", "--count", "3"
    )

    assert (done.status, done.stderr) == (0, "")
    assert server.wait_idle(timeout=60)
    ids = [one.headers["svix-id"] for one in receiver.received]
    assert sorted(done.stdout.split()) == sorted(ids)
    assert {json.loads(body)["acs_system_id"] for body in receiver.bodies} == {SYSTEM}


def test_the_same_seed_triggers_the_same_values(
    command: Callable[..., Done], server: MockServer, receiver: Receiver
) -> None:
    """
    Only the times are those of the present.
    """
    for _ in range(2):
        command("trigger", "lock.locked", "--seed", "7")
        assert server.wait_idle(timeout=60)

    first, second = (json.loads(body) for body in receiver.bodies)
    assert first["device_id"] == second["device_id"]


def test_a_file_is_triggered_byte_for_byte(
    command: Callable[..., Done], server: MockServer, receiver: Receiver, tmp_path: Path
) -> None:
    """
    The content of the file arrives unchanged, white space included.
    """
    text = '{ "event_type":"lock.locked",\n  "é": 1.0, "b": "\\u00e9" }'
    (tmp_path / "event.json").write_text(text + "\n", encoding="utf-8")

    done = command("trigger", "--file", str(tmp_path / "event.json"), "--format", "json")

    assert done.status == 0
    assert len(json.loads(done.stdout)["message_ids"]) == 1
    assert server.wait_idle(timeout=60)
    assert receiver.bodies == [text.encode()]


@pytest.mark.parametrize("text", ["{", "[]", '{"event_type": NaN}', "\xff"])
def test_a_file_that_holds_no_event_is_refused(command: Callable[..., Done], text: str) -> None:
    """
    A file without a JSON object is refused before a request is sent.
    """
    done = command("trigger", "--file", "-", stdin=text.encode("latin-1"))

    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith("seamproof: -: ")


def test_an_answer_is_awaited(
    command: Callable[..., Done], server: MockServer, receiver: Receiver
) -> None:
    """
    With --wait the answer of each endpoint is printed; one that does not accept is status 1.
    """
    good = command("trigger", "lock.locked", "--wait")
    server.register(f"{receiver.url}/status/400")
    bad = command("trigger", "lock.locked", "--wait", "--format", "json")

    assert good.status == 0
    assert good.stdout.startswith("204 ")
    assert "lock.locked  msg_" in good.stdout
    assert bad.status == 1
    (message,) = json.loads(bad.stdout)["messages"]
    assert sorted(one["response"]["status"] for one in message["attempts"]) == [204, 400]


def test_an_awaited_answer_is_judged_by_its_fault(
    command: Callable[..., Done], server: MockServer, receiver: Receiver
) -> None:
    """
    A forgery that is accepted is wrong, one that is refused is right.
    """
    accepted = command("trigger", "lock.locked", "--wait", "--fault", "stale")
    server.reset(endpoints=True)
    server.register(f"{receiver.url}/status/401")
    refused = command("trigger", "lock.locked", "--wait", "--fault", "stale")

    assert (accepted.status, refused.status) == (1, 0)
    assert "accepted, but it should be refused [stale]" in accepted.stdout
    assert "refused, as it should be [stale]" in refused.stdout


def test_an_event_that_nobody_receives_is_no_success(
    command: Callable[..., Done], server: MockServer
) -> None:
    """
    Without an endpoint, --wait says so at once, with status 1.
    """
    server.reset(endpoints=True)

    done = command("trigger", "lock.locked", "--wait")

    assert done.status == 1
    assert "no endpoint receives this event type" in done.stdout


def test_a_journey_is_triggered(command: Callable[..., Done]) -> None:
    """
    A journey is chosen by its name; an unknown name is refused with the known ones.
    """
    from seamproof.strategies import JOURNEYS  # noqa: PLC0415 - this test alone has to do with them

    name = next(iter(JOURNEYS))
    assert command("trigger", "--journey", name).stdout.startswith("msg_")
    slip = command("trigger", "--journey", name + "y")
    assert slip.status == 2
    assert name in slip.stderr


def test_faults_are_triggered(
    command: Callable[..., Done], server: MockServer, receiver: Receiver
) -> None:
    """
    A fault is chosen by its name, with its share.
    """
    done = command("trigger", "lock.locked", "--count", "2", "--fault", "duplicate:x1@7")

    assert done.status == 0
    assert server.wait_idle(timeout=60)
    assert len(receiver.received) == 3


def test_messages_are_listed_and_shown(command: Callable[..., Done], server: MockServer) -> None:
    """
    The newest is first, each in a line; one is shown by its id with its attempts.
    """
    first, second = server.emit("lock.locked", count=2)
    assert server.wait_idle(timeout=60)

    lines = command("messages").stdout.splitlines()
    assert [one in line for one, line in zip((second, first), lines, strict=True)] == [True, True]
    assert all("delivered" in line and "1 attempt" in line for line in lines)

    shown = command("messages", first)
    assert "204" in shown.stdout
    assert "schedule 1" in shown.stdout
    assert json.loads(command("messages", first, "--format", "json").stdout)["attempts"]


def test_messages_are_filtered_and_paged(command: Callable[..., Done], server: MockServer) -> None:
    """
    The end of a page shows the option for the next one.
    """
    ids = server.emit("lock.locked", count=3)
    assert server.wait_idle(timeout=60)

    page = command("messages", "--limit", "2", "--format", "json")
    assert [json.loads(line)["message_id"] for line in page.stdout.splitlines()] == ids[:0:-1]
    assert "--before" in page.stderr
    rest = command("messages", "--before", page.stderr.split()[-1], "--format", "json")
    assert json.loads(rest.stdout)["message_id"] == ids[0]
    assert command("messages", "--status", "failed").stderr == "no message\n"
    assert command("messages", "--event-type", "lock.locked").stdout


def test_a_failure_is_shown_with_its_reason(
    command: Callable[..., Done], server: MockServer, receiver: Receiver
) -> None:
    """
    The answer of the handler, the reason of the failure, and the time of the next attempt.
    """
    server.reset(endpoints=True)
    server.register(f"{receiver.url}/status/503", faults=["unknown_field"])
    (message_id,) = server.emit("lock.locked")
    assert server.wait_idle(timeout=60)

    shown = command("messages", message_id).stdout

    for expected in ("pending", "503", "fault: unknown_field", "next: "):
        assert expected in shown


def test_a_message_is_resent(
    command: Callable[..., Done], server: MockServer, receiver: Receiver
) -> None:
    """
    The same message arrives again.
    """
    (message_id,) = server.emit("lock.locked")
    assert server.wait_idle(timeout=60)
    webhook_id = server.messages[0].sendings[0].webhook_id

    assert command("resend", message_id).stdout == f"{message_id}\n"
    assert command("resend", message_id, "--endpoint", webhook_id).status == 0

    assert server.wait_idle(timeout=60)
    assert [one.headers["svix-id"] for one in receiver.received] == [message_id] * 3


def test_a_clock_is_shown_and_advanced(command: Callable[..., Done]) -> None:
    """
    The clock shows the time by which it was advanced.
    """
    before = json.loads(command("clock", "show", "--format", "json").stdout)
    after = json.loads(command("clock", "advance", "35 min", "--format", "json").stdout)

    assert after["timestamp"] - before["timestamp"] == pytest.approx(35 * 60)
    assert command("clock", "show").stdout == f"{after['now']}  manual\n"


def test_a_key_is_sent(seamproof: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The key comes from the option or the environment; without it the server refuses.
    """
    monkeypatch.delenv("SEAMPROOF_API_KEY", raising=False)
    with MockServer(api_key="hush") as server:
        words = ["clock", "show", "--server", server.url]
        refused = seamproof(*words)
        given = seamproof(*words, "--api-key", "hush")
        monkeypatch.setenv("SEAMPROOF_API_KEY", "hush")
        known = seamproof(*words)

    assert (refused.status, refused.stdout) == (2, "")
    assert "Unauthorized" in refused.stderr
    assert (given.status, known.status) == (0, 0)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["trigger"], "--journey"),
        (["trigger", "lock.locked", "--journey", "x"], "--journey"),
        (["trigger", "lock.lokced"], "lock.locked"),
        (["trigger", "lock.locked", "--set", "colour"], "equals sign"),
        (["trigger", "lock.locked", "--set", "colour=red"], "colour"),
        (["trigger", "lock.locked", "--fault", "magic"], "magic"),
        (["trigger", "lock.locked", "--count", "0"], "--count"),
        (["trigger", "--file", "nowhere.json"], "nowhere.json"),
        (["messages", "msg_none"], "message"),
        (["messages", "../../health"], "message"),
        (["messages", "--limit", "501"], "--limit"),
        (["resend", "msg_none"], "message"),
        (["clock", "advance", "soon"], "duration"),
    ],
)
def test_what_cannot_be_done_is_told(
    command: Callable[..., Done], words: list[str], expected: str
) -> None:
    """
    A mistake gives status 2, with the message of the server if it is the server that refuses.
    """
    done = command(*words)

    assert (done.status, done.stdout) == (2, "")
    assert expected in done.stderr


@pytest.mark.parametrize(
    "words",
    [["trigger", "lock.locked"], ["messages"], ["resend", "msg_x"], ["clock", "advance", "1s"]],
)
def test_a_server_that_is_not_there_is_status_3(seamproof: Run, words: list[str]) -> None:
    """
    If nothing answers, the cure is to start a server.
    """
    done = seamproof(*words, "--server", "http://127.0.0.1:9")

    assert (done.status, done.stdout) == (3, "")
    assert "seamproof serve" in done.stderr


def test_another_server_is_told_apart(seamproof: Run, receiver: Receiver) -> None:
    """
    Something answers that is not a mock server.
    """
    done = seamproof("trigger", "lock.locked", "--server", receiver.url)

    assert (done.status, done.stdout) == (3, "")
    assert "this is not a seamproof server" in done.stderr


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://127.0.0.1", "http://[::1"])
def test_a_server_that_is_no_url_is_status_2(seamproof: Run, url: str) -> None:
    """
    A mistake in the URL is reported as such.
    """
    done = seamproof("clock", "show", "--server", url)

    assert (done.status, done.stdout) == (2, "")
    assert "not a URL" in done.stderr


def test_faults_are_listed(seamproof: Run) -> None:
    """
    Each is in a line, with how a good handler answers.
    """
    from seamproof.mock_server.faults.catalogue import FAULTS  # noqa: PLC0415 - as the command does

    lines = seamproof("faults").stdout.splitlines()
    faults = [
        json.loads(line) for line in seamproof("faults", "--format", "json").stdout.splitlines()
    ]

    assert [line.split()[0] for line in lines] == list(FAULTS)
    assert [one["name"] for one in faults] == list(FAULTS)
    assert all(one["line"] and one["answer"] for one in faults)


# Endpoints and reset


def test_endpoints_are_changed_by_url_or_id(
    command: Callable[..., Done], receiver: Receiver
) -> None:
    """
    An endpoint is added, disabled, enabled, rotated and removed.
    """
    url = f"{receiver.url}/other"
    added = command("endpoints", "add", url, "--event-type", "lock.locked", "--format", "json")
    endpoint = json.loads(added.stdout)
    assert (endpoint["url"], endpoint["event_types"]) == (url, ["lock.locked"])
    for words, expected in (
        (("disable", url), "disabled by hand"),
        (("enable", endpoint["webhook_id"]), "enabled"),
        (("rotate", url), "2 secrets"),
    ):
        done = command("endpoints", *words)
        assert (done.status, done.stderr) == (0, "")
        assert expected in done.stdout
    assert len(command("endpoints").stdout.splitlines()) == 2
    assert len(command("endpoints", "--format", "json").stdout.splitlines()) == 2
    assert command("endpoints", "remove", url).status == 0
    assert url not in command("endpoints", "list").stdout
    gone = command("endpoints", "disable", url)
    assert (gone.status, gone.stdout) == (2, "")
    assert "seamproof endpoints list" in gone.stderr


def test_failed_messages_are_resent(
    command: Callable[..., Done], server: MockServer, receiver: Receiver
) -> None:
    """
    Every failed message of the time is sent again; without one, it says so.
    """
    assert command("resend", "--failed").stderr == "no message failed\n"
    command("endpoints", "add", f"{receiver.url}/status/500")
    (message_id,) = command("trigger", "lock.locked").stdout.split()
    assert server.wait_idle(timeout=60)
    server.advance("28h")
    assert command("resend", "--failed", "--since", "1h").stdout == ""
    assert command("resend", "--failed", "--since", "2d").stdout.split() == [message_id]
    assert command("resend", "--failed", message_id).status == 2
    assert command("resend", message_id, "--since", "1h").status == 2


def test_a_reset_forgets(command: Callable[..., Done], server: MockServer) -> None:
    """
    Messages are forgotten, endpoints on request.
    """
    command("trigger", "lock.locked")
    assert command("reset").status == 0
    assert server.messages == []
    assert command("endpoints").stdout
    assert command("reset", "--endpoints").status == 0
    assert command("endpoints").stderr == "no endpoint: seamproof endpoints add URL\n"


def test_nobody_listens(command: Callable[..., Done], server: MockServer) -> None:
    """
    `trigger` without an endpoint says so.
    """
    server.reset(endpoints=True)
    done = command("trigger", "lock.locked")

    assert done.status == 0
    assert "nobody listens" in done.stderr


def test_attempts_are_followed(server: MockServer) -> None:
    """
    `messages --follow` prints each attempt as it is made, until it is interrupted.
    """
    words = ["messages", "--follow", "--event-type", "lock.*", "--format", "json"]
    with subprocess.Popen(
        [*MAIN, *words, "--server", server.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean(),
        text=True,
    ) as process:
        output = process.stdout
        assert output
        lines: list[str] = []
        reading = threading.Thread(target=lambda: lines.append(output.readline()))
        reading.start()
        while reading.is_alive():
            server.emit("device.connected")
            server.emit("lock.locked")
            reading.join(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)

    assert json.loads(lines[0])["event_type"] == "lock.locked"
    assert process.returncode == 130
