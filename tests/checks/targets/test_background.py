"""
Tests of the exceptions of background work, and of handlers that would end the process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seamproof.checks.targets.open import open_target
from tests.checks.requests import SECRET, request, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from seamproof.checks.model.exchange import BackgroundFailure

    Find = Callable[[str], list[BackgroundFailure]]

ROOT = Path(__file__).parents[3]

#: By source, handlers whose work raises after the answer; `fail` is what raises.
LOST = {
    "thread": """
        def handler(body, headers):
            threading.Thread(target=fail, args=(body,)).start()
    """,
    "a worker": """
        todo = queue.SimpleQueue()

        def work():
            while True:
                fail(todo.get())

        threading.Thread(target=work, daemon=True).start()

        def handler(body, headers):
            todo.put(body)
    """,
    "task": """
        async def later(body):
            fail(body)

        async def handler(body, headers):
            asyncio.create_task(later(body))
    """,
    "a task that is kept": """
        kept = []

        async def later(body):
            await asyncio.sleep(0)
            fail(body)

        async def handler(body, headers):
            kept.append(asyncio.create_task(later(body)))
    """,
    "callback": """
        async def handler(body, headers):
            asyncio.get_running_loop().call_soon(fail, body)
    """,
    "executor": """
        pool = ThreadPoolExecutor(1)

        def handler(body, headers):
            pool.submit(fail, body)
    """,
    "a coroutine for another thread": """
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()

        async def later(body):
            fail(body)

        def handler(body, headers):
            asyncio.run_coroutine_threadsafe(later(body), loop)
    """,
    "finalizer": """
        class Connection:
            def __del__(self):
                fail(b"")

        def handler(body, headers):
            Connection()
    """,
}
_SOURCE = {
    "a worker": "thread",
    "a task that is kept": "task",
    "a coroutine for another thread": "executor",
}

#: Handlers whose exceptions are handled, or that end a thread on purpose.
HANDLED = {
    "caught in the thread": """
        def work(body):
            try:
                fail(body)
            except ValueError:
                pass

        def handler(body, headers):
            threading.Thread(target=work, args=(body,)).start()
    """,
    "the thread exits": """
        def handler(body, headers):
            threading.Thread(target=sys.exit, daemon=True).start()
    """,
    "the future is read by a callback": """
        pool = ThreadPoolExecutor(1)

        def handler(body, headers):
            pool.submit(fail, body).add_done_callback(lambda future: future.exception())
    """,
    "the future is read by another thread": """
        pool = ThreadPoolExecutor(2)

        def read(future):
            try:
                future.result()
            except ValueError:
                pass

        def handler(body, headers):
            pool.submit(read, pool.submit(fail, body))
    """,
    "the task is read by a callback": """
        async def later(body):
            fail(body)

        async def handler(body, headers):
            task = asyncio.create_task(later(body))
            task.add_done_callback(lambda task: task.exception())
    """,
    "the task is awaited": """
        async def later(body):
            fail(body)

        async def handler(body, headers):
            await asyncio.gather(later(body), return_exceptions=True)
    """,
    "the task is cancelled": """
        async def handler(body, headers):
            asyncio.create_task(asyncio.sleep(60)).cancel()
    """,
}
_IMPORTS = """
        import asyncio
        import queue
        import sys
        import threading
        from concurrent.futures import ThreadPoolExecutor

        def fail(body):
            raise ValueError("odd")
"""


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """
    Return a function that sends a request to a handler and finds what its background work raises.
    """

    def send(code: str) -> list[BackgroundFailure]:
        write(tmp_path, "shop", _IMPORTS + code)
        with open_target("shop:handler", app_dir=tmp_path, secret=SECRET) as target:
            assert target.background is not None
            assert target.send(request()).status == 204
            return target.background.failures(is_final=True)

    return send


@pytest.mark.parametrize("source", LOST)
def test_what_raises_after_the_answer_is_found(find: Find, source: str) -> None:
    """
    Wherever the exception ends, its place and its request are known.
    """
    (found,) = find(LOST[source])

    assert found.source == _SOURCE.get(source, source)
    assert (found.escaped.kind, found.escaped.message) == ("ValueError", "odd")
    assert found.escaped.place.startswith("shop.py:")
    assert found.request == request()


@pytest.mark.parametrize("code", HANDLED.values(), ids=HANDLED)
def test_what_is_handled_is_not_reported(find: Find, code: str) -> None:
    """
    An exception that somebody reads is no failure, nor is a thread that ends on purpose.
    """
    assert find(code) == []


def test_a_place_is_reported_once(tmp_path: Path) -> None:
    """
    However often a handler fails there; the request is the one that the variables name.
    """
    write(tmp_path, "shop", _IMPORTS + LOST["thread"])
    with open_target("shop:handler", app_dir=tmp_path, secret=SECRET) as target:
        assert target.background is not None
        for _ in range(3):
            target.send(request())
            found = target.background.failures(is_final=True)

    assert found == []


def test_what_is_expected_to_fail_is_not_reported(tmp_path: Path) -> None:
    """
    While the dependency is made to fail, and later by the requests of that time.
    """
    write(tmp_path, "shop", _IMPORTS + LOST["executor"])
    with open_target("shop:handler", app_dir=tmp_path, secret=SECRET) as target:
        assert target.background is not None
        target.background.is_expected_to_fail = True
        target.send(request())
        target.background.is_expected_to_fail = False

        assert target.background.failures(is_final=True) == []


def test_the_hooks_are_put_back(tmp_path: Path) -> None:
    """
    After a target is closed, this process is as it was.
    """
    before = (threading.excepthook, sys.unraisablehook, os._exit, threading.Thread.start)
    create_task = asyncio.BaseEventLoop.create_task
    write(tmp_path, "shop", _IMPORTS + LOST["thread"])
    with open_target("shop:handler", app_dir=tmp_path, secret=SECRET):
        assert threading.excepthook is not before[0]

    assert before == (threading.excepthook, sys.unraisablehook, os._exit, threading.Thread.start)
    assert asyncio.BaseEventLoop.create_task is create_task


ENDS = [
    "os._exit(0)",
    "os.abort()",
    "os.kill(os.getpid(), signal.SIGKILL)",
    "os.kill(os.getpid(), signal.SIGTERM)",
    "os.kill(0, signal.SIGTERM)",
    "os.killpg(os.getpgrp(), signal.SIGTERM)",
    "signal.raise_signal(signal.SIGTERM)",
    "os.execv(sys.executable, [sys.executable, '-c', 'pass'])",
]


@pytest.mark.parametrize("call", ENDS)
def test_a_handler_that_ends_its_process(tmp_path: Path, call: str) -> None:
    """
    It is an exception of the handler, with its place, and the run goes on.
    """
    done = _send_twice(tmp_path, call)

    assert (done.returncode, done.stdout) == (0, "seamproof.ProcessEnded at shop.py:4\n" * 2)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_the_signals_of_the_command_line(tmp_path: Path, name: str) -> None:
    """
    Those that end a command end the run: the handler's call is an exception there as well.
    """
    call = f"os.kill(os.getpid(), signal.{name})"
    done = _send_twice(tmp_path, call, "import signal, seamproof.cli.root as root", _AS_COMMAND)

    assert (done.returncode, done.stdout) == (0, "seamproof.ProcessEnded at shop.py:4\n" * 2)


_AS_COMMAND = "signal.signal(signal.SIGTERM, root._terminate)"


def _send_twice(folder: Path, call: str, *before: str) -> subprocess.CompletedProcess[str]:
    """
    Send two deliveries to a handler that makes the call, in a session of its own: a call that gets
    through ends the processes of that session alone.
    """
    write(folder, "shop", f"import os, signal, sys\n\ndef handler(body, headers):\n    {call}\n")
    program = f"""
        from pathlib import Path
        from seamproof.checks.targets.open import open_target
        from tests.checks.requests import SECRET, request

        folder = Path({str(folder)!r})
        with open_target("shop:handler", app_dir=folder, secret=SECRET) as target:
            for _ in range(2):
                print(target.send(request()).escaped.text)
            assert target.background.failures(is_final=True) == []
    """
    lines = "\n".join([*before, textwrap.dedent(program)])
    return subprocess.run(
        [sys.executable, "-c", lines],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        start_new_session=True,
    )


def test_a_handler_that_ends_its_process_and_hides_it(tmp_path: Path) -> None:
    """
    What the handler catches is reported as background work: a real call would not return.
    """
    code = """
        import os

        def handler(body, headers):
            try:
                os._exit(1)
            except BaseException:
                return 204
    """
    write(tmp_path, "shop", code)
    with open_target("shop:handler", app_dir=tmp_path, secret=SECRET) as target:
        assert target.background is not None
        assert target.send(request()).status == 204
        (found,) = target.background.failures(is_final=True)

    assert (found.source, found.escaped.place) == ("exit", "shop.py:6")
    assert "os._exit(1)" in found.escaped.message


def test_signals_that_end_nothing_are_sent(tmp_path: Path) -> None:
    """
    A signal that has a handler, or that is harmless, reaches this process.
    """
    got: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: got.append(number))
    code = """
        import os, signal

        def handler(body, headers):
            os.kill(os.getpid(), signal.SIGUSR1)
            os.kill(os.getpid(), 0)
    """
    write(tmp_path, "shop", code)
    try:
        with open_target("shop:handler", app_dir=tmp_path, secret=SECRET) as target:
            assert target.send(request()).status == 204
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert got == [signal.SIGUSR1]
