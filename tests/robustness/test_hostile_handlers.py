"""
Handlers that change their process: the run ends with its report, and with the status of its checks.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

MAIN: Final = [sys.executable, "-c", "from seamproof.cli import main; main()"]
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

HANDLER: Final = """
import atexit, asyncio, builtins, faulthandler, gc, io, logging, os, signal, socket, sys, tempfile
import threading, time, warnings
from seamproof import verify

now, seen = time.time, []

def act():
    ACTION

def handler(body, headers):
    if not verify(body, headers, os.environ["SEAM_WEBHOOK_SECRET"], now=now()):
        return 400
    if not seen or ALWAYS:
        seen.append(body)
        act()
    return 200
"""

#: What a handler does once, after which it does right: the run passes.
HARMLESS: Final = {
    "nothing": "pass",
    "closes standard output": "os.close(1)",
    "closes standard error": "os.close(2)",
    "closes both": "os.close(1); os.close(2)",
    "closes standard input": "os.close(0)",
    "closes the streams": "sys.__stdout__.close(); sys.__stderr__.close()",
    "opens a file in the place": "os.close(1); open('data.txt', 'wb')",
    "leads standard output away": "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
    "replaces the streams": "sys.stdout = sys.stderr = io.StringIO()",
    "takes the streams away": "sys.stdout = sys.stderr = None",
    "changes the directory": "os.chdir('/')",
    "deletes its directory": "d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)",
    "changes the rights": "os.umask(0o777)",
    "sets a time-out": "socket.setdefaulttimeout(0.000001)",
    "raises at the exit": "atexit.register(lambda: 1 / 0)",
    "exits at the exit": "atexit.register(lambda: os._exit(7))",
    "exits in a thread": "threading.Thread(target=lambda: sys.exit(3)).start()",
    "forks and returns": "os.fork()",
    "forks and exits": "os.fork() or os._exit(0)",
    "forks and exits Python": "os.fork() or sys.exit(0)",
    "lowers the limit of recursion": "sys.setrecursionlimit(60)",
    "raises the limit of recursion": "sys.setrecursionlimit(10**7)",
    "disables logging": "logging.disable(logging.CRITICAL)",
    "ends by a timer": "faulthandler.dump_traceback_later(60, exit=True)",
    "disables the collector": "gc.disable()",
    "traces": "threading.settrace(lambda *a: 1 / 0); sys.settrace(lambda *a: None)",
    "makes warnings errors": "warnings.simplefilter('error')",
    "removes print": "builtins.print = None",
    "closes the event loop": "asyncio.get_event_loop().close()",
    "replaces the hook": "sys.excepthook = lambda *a: os._exit(0)",
    "clears the path": "sys.path.clear(); sys.meta_path.clear()",
    "prints a lot": "print('x' * 20_000_000)",
    "limits integers": "sys.set_int_max_str_digits(640)",
}
#: What is an error of the handler: the run fails, and says so.
ERRORS: Final = {
    "exits": "sys.exit(0)",
    "ends the process": "os._exit(0)",
    "ends the process by posix": "sys.modules['posix']._exit(0)",
    "terminates the process": "os.kill(os.getpid(), signal.SIGTERM)",
    "signals its thread": "signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)",
    "recurses": "act()",
    "needs memory": "bytearray(10**15)",
    "raises a long text": "raise RuntimeError('x' * 50_000_000)",
    "raises what is no Exception": "raise GeneratorExit",
}


def check(folder: Path, action: str, *, always: bool = False) -> tuple[int, str, str]:
    """
    Check a handler in a process of its own; return its status, output and errors.
    """
    code = HANDLER.replace("ACTION", action).replace("ALWAYS", str(always))
    (folder / "app.py").write_text(code, encoding="utf-8")
    words = ["check", "app:handler", "--select", "signature.stale,delivery.success_status"]
    streams = [folder / "out.txt", folder / "err.txt"]
    with streams[0].open("wb") as out, streams[1].open("wb") as err:
        process = subprocess.Popen(
            [*MAIN, *words, "--report", "json=report.json"],
            cwd=folder,
            env={**os.environ, "SEAM_WEBHOOK_SECRET": SECRET},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            status = process.wait(300)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    out_text, err_text = (one.read_text(encoding="utf-8", errors="replace") for one in streams)
    return status, out_text, err_text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("action", HARMLESS.values(), ids=HARMLESS)
def test_a_run_survives_what_its_handler_changes(action: str, tmp_path: Path) -> None:
    """
    Verdict, summary, report and status are those of the checks.
    """
    status, out, err = check(tmp_path, action)
    assert status == 0, (out[-2000:], err[-2000:])
    assert "2 of 2 checks passed" in out
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [one["status"] for one in report["checks"]] == ["passed", "passed"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.parametrize("action", ERRORS.values(), ids=ERRORS)
def test_a_run_reports_what_its_handler_breaks(action: str, tmp_path: Path) -> None:
    """
    It never passes, and never ends without a word.
    """
    status, out, err = check(tmp_path, action, always=True)
    assert status == 1, (out[-2000:], err[-2000:])
    assert "checks passed" in out or "failed" in out
    assert len(out) + len(err) < 50_000
