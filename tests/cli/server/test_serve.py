"""
`seamproof serve` as a real process: what it says, how it is spoken to, how it ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from seamproof import MockServer
from seamproof.cli.commands.server.database_files import default_database, readers_warning
from seamproof.cli.commands.server.serve import _wait_for_end
from seamproof.errors import UsageError
from seamproof.signing import Secret, verify
from tests.cli.servers import MAIN, Served, clean, served
from tests.mock_server.receiver import receiving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.runner import Run
    from tests.mock_server.receiver import Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MEMORY = ["--db", ":memory:"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """
    A handler on a real socket.
    """
    with receiving() as one:
        yield one


def test_an_endpoint_is_registered_and_its_secret_shown_once(receiver: Receiver) -> None:
    """
    Events arrive signed with the secret that the first line shows; an open stream does not keep
    the server running.
    """
    with (
        served(*MEMORY, "--to", f"{receiver.url}/hook") as server,
        httpx.stream("GET", f"{server.url}/mock/stream") as stream,
    ):
        (endpoint,) = server.start["endpoints"]
        assert next(stream.iter_lines()).startswith(":")
        answer = httpx.post(f"{server.url}/mock/events", json={"event_type": "lock.locked"})
        attempt = server.line("attempt")
        summary = server.stop()

    (got,) = receiver.received
    assert [attempt["message_id"]] == answer.json()["message_ids"]
    assert attempt["response"]["status"] == 204
    now = float(got.headers["svix-timestamp"])
    assert verify(got.body, got.headers, endpoint["secret"], now=now)
    assert summary == {
        "messages": 1,
        "attempts": 1,
        "delivered": 1,
        "failed": 0,
        "pending": 0,
    }


def test_what_is_there_from_last_time(receiver: Receiver, tmp_path: Path) -> None:
    """
    SIGTERM and Ctrl-C end with status 0; the next start continues with the endpoints and pending
    messages of the database, which is in a directory that only the user can read. `--fresh`
    forgets them.
    """
    words = ["--jitter", "0", "--schedule", "0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5"]
    to = ["--to", f"{receiver.url}/status/500"]
    home = {"XDG_DATA_HOME": str(tmp_path)}
    with served(*words, *to, **home) as server:
        database = tmp_path / "seamproof" / "mock-server.sqlite3"
        assert server.start["database"] == str(database)
        assert database.exists()
        assert database.parent.stat().st_mode & 0o077 == 0
        (endpoint,) = server.start["endpoints"]
        assert "secret" in endpoint
        httpx.post(f"{server.url}/mock/events", json={"event_type": "lock.locked"})
        first = server.line("attempt")
        assert server.stop(signal.SIGTERM)["pending"] == 1

    with served(*words, *to, **home) as server:
        assert (server.start["endpoints_at_start"], server.start["pending_at_start"]) == (1, 1)
        (same,) = server.start["endpoints"]
        again = server.line("attempt")
        assert server.stop(signal.SIGINT)["pending"] == 1
    assert same["webhook_id"] == endpoint["webhook_id"] == again["webhook_id"]
    assert "secret" not in same
    assert again["message_id"] == first["message_id"]
    assert again["ordinal"] > first["ordinal"]

    with served("--fresh", **home) as server:
        assert (server.start["endpoints_at_start"], server.start["pending_at_start"]) == (0, 0)
        assert httpx.get(f"{server.url}/mock/messages").json()["messages"] == []
        server.stop()


def test_a_running_attempt_is_finished(receiver: Receiver) -> None:
    """
    An attempt that waits for its answer is finished.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with served(*MEMORY, "--to", url) as server:
            httpx.post(f"{server.url}/mock/events", json={"event_type": "lock.locked"})
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                server.process.send_signal(signal.SIGTERM)
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                attempt = server.line("attempt")
            summary = server.line("summary")
            assert server.process.wait(120) == 0

    assert attempt["delivered"] is True
    assert (summary["delivered"], summary["pending"]) == (1, 0)
    assert receiver.received == []


@pytest.mark.parametrize("way", ["option", "variable"])
def test_a_given_secret_is_taken_and_not_shown(receiver: Receiver, way: str) -> None:
    """
    A given secret is used for signing, and is not printed.
    """
    option = ["--secret", SECRET] if way == "option" else []
    variables = {"SEAM_WEBHOOK_SECRET": SECRET} if way == "variable" else {}
    with served(*MEMORY, "--to", f"{receiver.url}/hook", *option, **variables) as server:
        httpx.post(f"{server.url}/mock/events", json={"event_type": "lock.locked"})
        shown = json.dumps([server.start, server.line("attempt"), server.stop()])

    (got,) = receiver.received
    assert verify(got.body, got.headers, SECRET, now=float(got.headers["svix-timestamp"]))
    assert SECRET[6:] not in shown


def test_lines_for_people(receiver: Receiver) -> None:
    """
    The text has an address, a database, a line for each attempt and a summary.
    """
    with subprocess.Popen(
        [*MAIN, "serve", "--port", "0", *MEMORY, "--to", f"{receiver.url}/status/404"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean(),
        text=True,
    ) as process:
        assert process.stdout
        head = []
        for line in process.stdout:
            head.append(line)
            if line == "Ctrl-C stops it.\n":
                break
        url = head[0].split()[-1]
        httpx.post(f"{url}/mock/events", json={"event_type": "lock.locked"})
        attempt = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=120)

    assert any("database" in line and "in memory" in line for line in head)
    (secret,) = [line.split()[1] for line in head if line.strip().startswith("secret")]
    assert len(Secret(secret).key) == 24
    assert re.fullmatch(r"\d\d:\d\d:\d\d 404 lock.locked 1/8 next \d s  answered 404.*\n", attempt)
    assert rest == "1 message, 1 attempt: 0 delivered, 1 failed; 1 pending\n"
    assert (process.returncode, errors) == (0, "")


def test_a_reader_that_goes_away_ends_it(receiver: Receiver) -> None:
    """
    If nobody reads the output any more, the server ends without a message.
    """
    with served(*MEMORY, "--to", f"{receiver.url}/hook") as server:
        assert server.process.stdout
        assert server.process.stderr
        server.process.stdout.close()
        httpx.post(f"{server.url}/mock/events", json={"event_type": "lock.locked"})
        assert server.process.wait(120) == 0
        assert server.process.stderr.read() == ""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("~/data", "data/seamproof"),
        ("data", ".local/share/seamproof"),
        (None, ".local/share/seamproof"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="each system has a directory of its own")
def test_the_data_directory_follows_the_xdg_specification(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: str | None, expected: str
) -> None:
    """
    A database of version 0.1.0 is found where it is; a relative path is ignored, as specified.
    """
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    if environment is not None:
        monkeypatch.setenv("XDG_DATA_HOME", environment.replace("~", str(tmp_path)))

    found = default_database()

    assert found == str(tmp_path / expected / "mock-server.sqlite3")


def test_a_data_directory_that_cannot_be_created(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """
    The error names the directory and the option that avoids it.
    """
    (tmp_path / "file").touch()
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "file" / "data")

    with pytest.raises(UsageError, match="cannot be created") as caught:
        default_database()

    assert caught.value.where == str(tmp_path / "file" / "data")
    assert caught.value.cure == "give --db"


def test_one_server_a_database(seamproof: Run, tmp_path: Path) -> None:
    """
    A second server with the same database is refused with status 2.
    """
    words = ["--db", str(tmp_path / "mock.sqlite3")]
    with MockServer(database=words[1]):
        done = seamproof("serve", "--port", "0", *words)

    assert (done.status, done.stdout) == (2, "")
    assert "mock.sqlite3" in done.stderr


def test_a_file_that_is_no_database_is_left_alone(seamproof: Run, tmp_path: Path) -> None:
    """
    Status 2, a message, and the file is unchanged.
    """
    file = tmp_path / "notes.txt"
    file.write_bytes(b"not a database, and long enough to be looked at\n" * 100)
    before = file.read_bytes()

    done = seamproof("serve", "--port", "0", "--db", str(file))

    assert (done.status, done.stdout) == (2, "")
    assert str(file) in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before


def test_a_port_that_is_taken_is_status_3(seamproof: Run) -> None:
    """
    The message has the port, and what to do.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = seamproof("serve", *MEMORY, "--port", str(taken.getsockname()[1]))

    assert (done.status, done.stdout) == (3, "")
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--host", "0.0.0.0"], "--api-key"),  # noqa: S104 - it is refused
        (["--schedule", "sometimes"], "schedule"),
        (["--to", "no url"], "URL"),
        (["--host", "0.0.0.0", "--api-key", " "], "empty"),  # noqa: S104 - as above
        (["--to", "ftp://me:hunter2@127.0.0.1/"], "URL"),
        (["--to", "http://127.0.0.1\\@evil.example/"], "URL"),
        (["--to", "http://xn--/"], "URL"),
        (["--to", "http://me:hunter2@192.0.2.1/"], "--allow-host"),
        (["--to", "http://127.0.0.1/", "--secret", "mySecret"], "whsec_"),
        (["--fault", "magic"], "magic"),
        (["--clock", "sundial"], "--clock"),
        (["--world", "hotl"], "did you mean hotel?"),
    ],
)
def test_a_wrong_option_is_status_2(seamproof: Run, words: list[str], expected: str) -> None:
    """
    An unusable option is reported before the server starts.
    """
    done = seamproof("serve", "--port", "0", *MEMORY, *words)

    assert (done.status, done.stdout) == (2, "")
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


def test_a_database_that_breaks_ends_it() -> None:
    """
    If the database fails, the server ends with the reason.
    """

    class Broken:
        """
        A service whose disk is full.
        """

        def __init__(self) -> None:
            self.lifecycle = self

        async def failed(self) -> UsageError:
            """
            Return the failure.
            """
            return UsageError("the disk is full")

    async def play() -> object:
        return await _wait_for_end(Broken(), asyncio.Event())  # type: ignore[arg-type] # all that is asked

    assert str(asyncio.run(play())) == "the disk is full"


def test_a_file_that_may_not_grow_ends_it_with_one_message(tmp_path: Path) -> None:
    """
    The limit on the size of files is reported, and asyncio adds nothing to it.
    """
    if sys.platform == "win32":
        pytest.skip("Windows has no such limit")
    limit = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (600_000, 600_000)); "
    words = ["serve", "--port", "0", "--format", "json", "--db", str(tmp_path / "mock.sqlite3")]
    with subprocess.Popen(
        [*MAIN[:2], limit + MAIN[2], *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean(),
        text=True,
    ) as process:
        try:
            url = Served(process).url
            wanted = {"event_type": "lock.locked", "count": 500}
            answers = [httpx.post(f"{url}/mock/events", json=wanted)]
            while answers[-1].is_success and len(answers) < 20:
                answers.append(httpx.post(f"{url}/mock/events", json=wanted))
            _, errors = process.communicate(timeout=120)
        finally:
            process.kill()

    assert answers[-1].is_server_error
    assert process.returncode == 2
    assert "the database cannot grow" in errors
    assert "ulimit" in errors
    assert "never retrieved" not in errors
    assert "Traceback" not in errors


def test_another_host_is_served_with_a_key() -> None:
    """
    With an API key a server may be bound to any address; requests need the key.
    """
    with served(*MEMORY, "--host", "0.0.0.0", "--api-key", "hush") as server:  # noqa: S104 - with a key
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert httpx.get(f"{server.url}/mock/clock").status_code == 401
        headers = {"authorization": "Bearer hush"}
        assert httpx.get(f"{server.url}/mock/clock", headers=headers).status_code == 200
        summary = json.dumps([server.start, server.stop()])

    assert "hush" not in summary


def test_help_names_what_is_served(seamproof: Run) -> None:
    """
    The help shows how Seam's SDK is pointed at the server.
    """
    assert 'endpoint="http://127.0.0.1:8787"' in seamproof("serve", "--help").stdout


@pytest.mark.slow
def test_an_unread_output_stops_no_delivery(receiver: Receiver) -> None:
    """
    Lines that nobody reads are dropped and counted; every event is delivered.
    """
    words = [*MAIN, "serve", *MEMORY, "--port", "0", "--format", "json", "--to", f"{receiver.url}/"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one:
        assert one.stdout
        assert one.stderr
        url = json.loads(one.stdout.readline())["serving"]["url"]
        for _ in range(12):
            wanted = {"event_type": "lock.locked", "count": 1000}
            httpx.post(f"{url}/mock/events", json=wanted, timeout=120)
        while len(receiver.received) < 12_000:
            time.sleep(0.05)
        one.terminate()
        status = one.wait(120)
        complaint = one.stderr.read()

    assert status == 0
    assert "lines were dropped: nobody read them" in complaint


def test_an_endpoint_is_registered_before_the_first_request(receiver: Receiver) -> None:
    """
    An event that is sent as soon as the port is open reaches the endpoint of --to.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*MAIN, "serve", *MEMORY, "--port", str(port), "--to", f"{receiver.url}/"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, env=clean()) as process:
        answer = None
        while answer is None:
            try:
                url = f"http://127.0.0.1:{port}/mock/events"
                answer = httpx.post(url, json={"event_type": "lock.locked"})
            except httpx.TransportError:
                time.sleep(0.01)
        (message_id,) = answer.json()["message_ids"]
        shown = httpx.get(f"http://127.0.0.1:{port}/mock/messages/{message_id}").json()
        process.terminate()

    assert shown["message"]["status"] != "unmatched"


@pytest.mark.skipif(os.name != "posix", reason="there are no such permissions")
def test_a_database_that_others_can_read_is_reported(tmp_path: Path) -> None:
    """
    An existing file keeps its mode, so its owner has to know of it.
    """
    file = tmp_path / "events.sqlite3"
    assert readers_warning(str(file)) == ""
    file.touch(mode=0o600)
    assert readers_warning(str(file)) == ""
    file.chmod(0o640)
    assert "chmod 600" in readers_warning(str(file))
    assert readers_warning(":memory:") == ""
