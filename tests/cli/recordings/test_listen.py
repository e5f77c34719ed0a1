"""
`seamproof listen` as a real process, with the mock server as Seam.
"""

from __future__ import annotations

import json
import signal
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from seamproof import MockServer
from seamproof.cli.support.recordings.listen_output import LISTEN_OUTPUTS, ListenStart
from seamproof.recordings.drift import Drift, deviations
from seamproof.recordings.listener.delivery import HandlerAnswer, Judgement, ReceivedRequest
from seamproof.schemas import catalog
from seamproof.signing import Reason, Verdict
from seamproof.strategies import Sampler
from tests.cli.servers import served
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from tests.cli.runner import Run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = Sampler(2).event("lock.unlocked")


def test_a_session_names_the_planted_deviations_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Five deviations among valid events of a mock of Seam are named by property; the handler gets
    every body, fixtures have no original id, and the exit status is 1.
    """
    monkeypatch.chdir(tmp_path)
    sampler = Sampler(7)
    camera = [sampler.event("camera.activated") for _ in range(3)]
    lock, code = sampler.event("lock.unlocked"), sampler.event("access_code.created")
    renamed = sampler.event("device.connected")
    planted = [
        *({**one, "future_ids": ["7b0e2b0a-5d2c-4a5e-8f55-0d7b8a1b2c3d"]} for one in camera),
        {**lock, "method": "telepathy"},
        {**code, "device_id": None},
        {**renamed, "event_type": "device.rejoiced"},
        {
            name: value
            for name, value in sampler.event("lock.locked").items()
            if name != "device_id"
        },
    ]
    valid = list(sampler.events("*", count=10))
    options = ["--secret", SECRET, "--save", "fixtures", "--fail-on", "drift"]
    with (
        receiving() as handler,
        served(
            *("--forward-to", f"{handler.url}/hook", *options),
            command="listen",
            opening="listening",
        ) as listener,
        MockServer(secret=SECRET) as seam,
    ):
        seam.register(listener.url)
        for event in [*planted, *valid]:
            seam.emit(event=event)
        assert seam.wait_idle(timeout=120)
        lines = [listener.line("delivery") for _ in range(len(planted) + len(valid))]
        summary = listener.stop(signal.SIGINT, status=1)
        sent = sorted(one.message.body for one in seam.messages)

    assert sorted(handler.bodies) == sent
    assert all(line["signature"]["genuine"] and line["status"] == 204 for line in lines)
    assert {(one["property"], one["deviation"], one["events"]) for one in summary["drift"]} == {
        ("future_ids", "unknown", 3),
        ("method", 'new value "telepathy"', 1),
        ("device_id", "null", 1),
        ("device.rejoiced", "unknown event type", 1),
        ("device_id", "missing", 1),
    }
    files = [*Path("fixtures").iterdir()]
    text = " ".join(f"{one.name} {one.read_text()}" for one in files)
    assert len(files) == len(planted) + len(valid) == summary["saved"]
    assert [one["event_id"] for one in [*planted, *valid] if one["event_id"] in text] == []
    assert SECRET not in json.dumps([listener.start, lines, summary])


def judged(**different: object) -> Judgement:
    """
    Judge a genuine delivery of a valid event.
    """
    verdict = Verdict(Reason.OK, "the signature is valid")
    judgement = Judgement("msg_1", "lock.unlocked", EVENT["event_id"], verdict, genuine=True)
    return replace(judgement, **different)  # type: ignore[arg-type]  # fields of the class


@pytest.mark.parametrize(
    ("judgement", "answer", "expected"),
    [
        (
            judged(),
            HandlerAnswer(204),
            "204       0.0 ms  lock.unlocked  msg_1  genuine  fits the contract",
        ),
        (judged(verdict=None, genuine=None), HandlerAnswer(204), "msg_1  fits the contract"),
        (
            judged(verdict=Verdict(Reason.STALE, "too old"), genuine=True),
            HandlerAnswer(400, reason="answered 400"),
            "genuine, but stale: too old  fits the contract  answered 400",
        ),
        (
            judged(verdict=Verdict(Reason.OTHER_SECRET, "x\n\x1b[31m" * 99), genuine=False),
            HandlerAnswer(502, reason="no connection"),
            r"not genuine: other_secret: x\n\x1b[31m",
        ),
        (judged(message_id="", event_type=""), HandlerAnswer(204), "(no event type)  (no svix-id)"),
        (
            judged(
                deviations=deviations(
                    {**EVENT, "device_id": None, "a": 1, "b": 1, "c": 1}, catalog()
                )
            ),
            HandlerAnswer(204),
            "device_id: null; a: unknown; b: unknown and 1 more",
        ),
        (
            judged(not_saved="No space left on device"),
            HandlerAnswer(204),
            "not saved: No space left",
        ),
    ],
)
def test_a_delivery_is_a_line(judgement: Judgement, answer: HandlerAnswer, expected: str) -> None:
    """
    Time, status, type, message, signature, contract, and what failed, in one line.
    """
    lines: list[str] = []
    output = LISTEN_OUTPUTS["text"]()
    output.print = lines.append
    output.delivery(ReceivedRequest(time.time(), "/", (), b""), judgement, answer)

    (line,) = lines
    assert expected in line
    assert line.isprintable()


def test_the_summary_names_deviations_by_property() -> None:
    """
    Text has a line for each; GitHub gets an annotation, an error where drift fails the run.
    """
    drift = Drift()
    for number in range(3):
        event = {**EVENT, "future_ids": [], "event_type": "lock.unlocked"}
        drift.add(str(number), "lock.unlocked", deviations(event, catalog()))
    lines: list[str] = []
    for style in ("text", "github"):
        output = LISTEN_OUTPUTS[style]()
        output.print = lines.append
        output.start(ListenStart("http://127.0.0.1:1", "", "", verified=False))
        output.delivery(ReceivedRequest(0.0, "/", (), b""), judged(), HandlerAnswer(204))
        output.end(drift, failing=True)

    assert "future_ids: unknown, 3 events (lock.unlocked)" in click.unstyle(lines[2])
    assert "::error title=Seam event contract::future_ids: unknown, 3 events" in lines[5]


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (["--forward-to", "http://192.0.2.1/hook"], 2, "give --allow-remote"),
        (["--forward-to", "nowhere"], 2, "the target is not a URL"),
        (["--host", "0.0.0.0"], 2, "demands a secret"),  # noqa: S104 - nothing is bound
        (["--secret", "whsec_x"], 2, "secret"),
        (["--save", "taken/in"], 2, "taken/in"),
        (["--port", "99999"], 2, "99999"),
    ],
)
def test_a_listener_that_cannot_start_says_why(
    seamproof: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    status: int,
    expected: str,
) -> None:
    """
    Nothing is bound, forwarded or written.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("")

    done = seamproof("listen", *words)

    assert (done.status, done.stdout) == (status, "")
    assert expected in done.stderr


def test_a_port_that_is_in_use_is_reported(seamproof: Run) -> None:
    """
    The exit status is 3, and the cure names the option.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = seamproof("listen", "--port", str(taken.getsockname()[1]))

    assert done.status == 3
    assert "set --port to another one" in done.stderr
