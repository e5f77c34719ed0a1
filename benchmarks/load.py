"""
Load: what a delivery costs beside Locust's own users, with several workers, and its latency.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks.measuring import Bound, Figure, NotInstalled

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - for the benchmark alone
ROUNDS: Final = 3
SECONDS: Final = 4.0
#: Of a run with workers: what it takes to start them is measured by itself, and differs by as much
#: as hundreds of deliveries cost.
_COST_SECONDS: Final = 12.0
WORKERS: Final = (2, 4)
MESSAGES: Final = 1_000_000
#: Messages a second of each worker. A process that waits more often pays more for a delivery, so
#: the workers that are compared have the same rate.
_RATE: Final = 500
#: Requests a second, and the milliseconds after which the handler of the latency answers.
_STEADY, _DELAY = 200, 20
_CONNECTIONS: Final = 10
_NGINX: Final = """
worker_processes 1; daemon off; pid {0}/pid; error_log {0}/errors;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 10000000; client_body_buffer_size 128k;
  client_body_temp_path {0}/b; proxy_temp_path {0}/p; fastcgi_temp_path {0}/f;
  uwsgi_temp_path {0}/u; scgi_temp_path {0}/s;
  server {{ listen 127.0.0.1:{1}; location / {{ return 204; }} }}
}}
"""
_SLOW: Final = f"""
import asyncio, sys
async def serve(reader, writer):
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            length = [one for one in head.lower().split(b"\\r\\n") if one.startswith(b"content-l")]
            await reader.readexactly(int(length[0].split(b":")[1]))
            await asyncio.sleep({_DELAY / 1000})
            writer.write(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
asyncio.run(main())
"""
_MEMORY: Final = """
import json, resource, sys
from seamproof.load.accounting.account import Account, WorkerRecord
from seamproof.load.accounting.ledger import tally
from seamproof.load.messages.ids import RunIds
count, ids = int(sys.argv[1]), RunIds.of(1)
text = json.dumps({ids.message_id(0, number): 1 for number in range(1)})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
record = WorkerRecord()
for number in range(count):
    record.states.deliver(record.states.begin())
with open(sys.argv[2]) as file:
    document = json.load(file)
account = Account.of({0: record}, ids, tally(document, ids, {0: count}))
assert account.proved and account.messages == count
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""
_LEDGER: Final = """
import json, sys
from seamproof.load.messages.ids import RunIds
ids = RunIds.of(1)
with open(sys.argv[2], "w") as file:
    json.dump({ids.message_id(0, number): 1 for number in range(int(sys.argv[1]))}, file)
"""


def free_port() -> int:
    """
    Return a port that is free.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(command: list[str], port: int) -> Iterator[str]:
    """
    Run a server until it is no longer needed, and give its URL.
    """
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def nginx() -> Iterator[str]:
    """
    Run nginx, which answers 204 to everything.
    """
    program = shutil.which("nginx")
    if program is None:
        what = "nginx is not installed (apt-get install nginx-light)"
        raise NotInstalled(what)
    with TemporaryDirectory() as directory:
        # nginx's worker runs as another user.
        Path(directory).chmod(0o777)
        port, file = free_port(), Path(directory, "nginx.conf")
        file.write_text(_NGINX.format(directory, port))
        with serving([program, "-c", str(file), "-e", f"{directory}/errors"], port) as url:
            yield url


def users(kind: str, url: str) -> float:
    """
    Measure the deliveries of one process, a second of processor time.
    """
    command = [sys.executable, "-m", "benchmarks.load_users", kind, url, str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    if found["failures"]:
        what = f"{found['failures']} requests failed"
        raise RuntimeError(what)
    return float(found["rate"])


def run_command(url: str, *words: str) -> dict[str, object]:
    """
    Run `seamproof load`, and return its result.
    """
    start = "from seamproof.cli import main; main()"
    command = [sys.executable, "-c", start, "load", url, *words, "--format", "json"]
    environment = {**os.environ, "SEAM_WEBHOOK_SECRET": SECRET}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    result = json.loads(done.stdout)
    assert isinstance(result, dict)  # noqa: S101 - for the types
    return result


def cost(url: str, workers: int) -> float:
    """
    Measure the microseconds of processor time of a delivery with so many workers.
    """
    spent = []
    for each in (_RATE, 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = ("--for", f"{_COST_SECONDS}s", "--processes", str(workers), "--seed", "1")
        run_command(url, "--rate", f"{each * workers}/s", *words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    # What it costs to start, and to wait, is the same without deliveries.
    return (spent[0] - spent[1]) / ((_RATE - 1) * workers * _COST_SECONDS) * 1e6


def peer_median(url: str) -> tuple[str, float] | None:
    """
    Measure the median latency with a tool that is installed, in milliseconds.
    """
    rate = _STEADY // _CONNECTIONS
    if program := shutil.which("hey"):
        words = ["-z", f"{SECONDS:g}s", "-c", str(_CONNECTIONS), "-q", str(rate), "-m", "POST"]
        command = [program, *words, "-d", "{}", url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if found := re.search(r"50%+ in ([0-9.]+) secs", text):
            return "hey", float(found[1]) * 1000
    if program := shutil.which("autocannon"):
        words = ["-d", f"{SECONDS:g}", "-c", str(_CONNECTIONS), "-R", str(_STEADY), "-j"]
        command = [program, *words, "-m", "POST", "-b", "{}", url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return "autocannon", float(json.loads(text)["latency"]["p50"])
    return None


def latency() -> Iterator[Figure]:
    """
    Compare the median latency at a fixed rate with a peer.
    """
    port = free_port()
    ours, theirs, name = [], [], ""
    with serving([sys.executable, "-c", _SLOW, str(port)], port) as url:
        for _ in range(ROUNDS):
            peer = peer_median(url)
            if peer is None:
                what = "neither hey nor autocannon is installed"
                raise NotInstalled(what)
            name, median = peer
            theirs.append(median)
            result = run_command(url, "--rate", f"{_STEADY}/s", "--for", f"{SECONDS}s")
            steps = result["steps"]
            assert isinstance(steps, list)  # noqa: S101 - for the types
            ours.append(steps[0]["latency"]["p50"] * 1000)
    title = f"median latency at {_STEADY}/s"
    remark = f"the handler answers after {_DELAY} ms"
    for kind, limit in (("at most", 1.1), ("at least", 0.9)):
        bound = Bound(kind, limit)  # type: ignore[arg-type]
        yield Figure(title, tuple(ours), "ms", name, tuple(theirs), bound, remark)


def memory() -> Figure:
    """
    Measure the memory of the accounting, with a ledger of every message.
    """
    with TemporaryDirectory() as directory:
        words = [str(MESSAGES), f"{directory}/ledger.json"]
        subprocess.run([sys.executable, "-c", _LEDGER, *words], check=True)
        done = subprocess.run(
            [sys.executable, "-c", _MEMORY, *words], capture_output=True, text=True, check=True
        )
    bound = Bound("at most", 300, "value")
    name = f"memory of the accounting of {MESSAGES} messages"
    return Figure(name, (float(done.stdout),), "MB", "nothing", (0.0,), bound)


def run() -> Iterator[Figure]:
    """
    Measure users, workers, latency and memory.
    """
    with nginx() as url:
        rounds = [
            {kind: users(kind, url) for kind in ("bare", "hand", "ours")} for _ in range(ROUNDS)
        ]
        ours, bare, hand = (tuple(one[kind] for one in rounds) for kind in ("ours", "bare", "hand"))
        unit = "deliveries/s of processor time"
        title = "deliveries of one process"
        yield Figure(title, ours, unit, "FastHttpUser, constant body", bare, Bound("at least", 0.7))
        peer = "locustfile that signs by hand"
        yield Figure(title, ours, unit, peer, hand, Bound("at least", 1.0))
        costs = [{count: cost(url, count) for count in (1, *WORKERS)} for _ in range(ROUNDS)]
        for count in WORKERS:
            yield Figure(
                f"processor time of a delivery with {count} workers",
                tuple(one[count] for one in costs),
                "µs",
                "one worker",
                tuple(one[1] for one in costs),
                Bound("at most", 1.1),
                f"each worker sends {_RATE}/s",
            )
    yield from latency()
    yield memory()
