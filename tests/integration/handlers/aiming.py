"""
Aiming at the good handlers, in this process or served by their own server.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from seamproof.checks.state.sources import open_state, open_switch
from seamproof.checks.targets.open import open_target
from seamproof.signing import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seamproof.checks.model.options import Kind
    from seamproof.checks.model.snapshot import DependencySwitch, StateReader
    from seamproof.checks.targets.base import Target

SECRET: Final = Secret.generate(b"the good handlers' secret".ljust)
#: Set SEAMPROOF_WHOLE=1 to run all of the battery on every handler of the tests, which takes half
#: an hour, instead of one of each as `--quick` does.
WHOLE: Final = bool(os.environ.get("SEAMPROOF_WHOLE"))
ROOT: Final = Path(__file__).parents[3]
_HERE: Final = "tests.integration.handlers"
_PATIENCE: Final = 120.0
_INSTALLING: Final = 180

#: By ecosystem: the module, what is in it, and what has to be said of it.
IN_PROCESS: Final[dict[str, tuple[str, str, Kind | None]]] = {
    "starlette": ("starlette_app", "app", None),
    "fastapi": ("fastapi_app", "app", None),
    "flask": ("flask_app", "app", None),
    "django": ("django_app", "app", None),
    "django-asgi": ("django_app", "asgi_app", None),
    "function": ("plain", "handler", None),
    "async-function": ("plain", "asynchronous", None),
    "lambda": ("lambda_app", "lambda_handler", "lambda"),
    "lambda-rest": ("lambda_app", "rest_handler", "lambda"),
}
SERVED: Final = ("aiohttp", "express")


@dataclass(frozen=True)
class Aimed:
    """
    A handler that is ready, a look at its state and a hand on its switch.
    """

    target: Target
    look: StateReader
    switch: DependencySwitch


@contextmanager
def aiming(name: str, directory: Path) -> Iterator[Aimed]:
    """
    Get a good handler ready.

    Args:
        name: Of its ecosystem.
        directory: Where a package may be installed.
    """
    with ExitStack() as stack:
        if name in SERVED:
            start = {"aiohttp": aiohttp_command, "express": express_command}[name]
            url = stack.enter_context(running(*start(directory)))
            text, state, switch = f"{url}/webhooks/seam", f"{url}/state", f"{url}/break"
            kind: Kind | None = None
        else:
            module, attribute, kind = IN_PROCESS[name]
            text, state, switch = (
                f"{_HERE}.{module}:{one}" for one in (attribute, "state", "set_broken")
            )
        target = stack.enter_context(open_target(text, kind=kind, app_dir=ROOT, secret=SECRET))
        yield Aimed(target, open_state(state, target), open_switch(switch, target))


def aiohttp_command(directory: Path) -> tuple[list[str], Path]:
    """
    Tell how the aiohttp handler is run, and where.
    """
    del directory
    return [sys.executable, "-m", f"{_HERE}.aiohttp_app"], ROOT


def express_command(directory: Path) -> tuple[list[str], Path]:
    """
    Install the Express handler and return its command; skip where that is not possible.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js is not installed")
    place = directory / "express"
    if not place.exists():
        shutil.copytree(Path(__file__).parent / "express", place)
        words = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        try:
            subprocess.run(words, cwd=place, check=True, capture_output=True, timeout=_INSTALLING)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            shutil.rmtree(place)
            pytest.skip("npm cannot install express and seam here")
    return [node, "handler.js"], place


@contextmanager
def running(words: Sequence[str], place: Path) -> Iterator[str]:
    """
    Run a server for as long as the block lasts, and yield its URL.
    """
    port = free_port()
    environment = {**os.environ, "SEAM_WEBHOOK_SECRET": SECRET.reveal(), "PORT": str(port)}
    with subprocess.Popen(
        words, cwd=place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait(server, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def free_port() -> int:
    """
    Find a port where nothing listens.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
