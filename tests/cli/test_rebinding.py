"""
A name that leads to this machine when it is checked, and elsewhere when it is used.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.errors import RemoteTarget, UsageError
from seamproof.mock_server import check_target

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.runner import Run

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME = "rebind.test"
#: TEST-NET-1 of RFC 5737: nobody answers there.
ELSEWHERE = "192.0.2.1"
URL = f"http://{NAME}:9"
COMMANDS = {
    "emit": ["emit", "lock.locked", "--to", URL, "--secret", SECRET],
    "check": ["check", URL, "--secret", SECRET, "--select", "signature.stale"],
    "state": ["check", "app:handler", "--state", URL, "--select", "delivery.duplicate"],
    "break": [
        *("check", "app:handler", "--state", "app:state", "--break", URL),
        *("--select", "delivery.retry_after_failure"),
    ],
}


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """
    Let the name lead to this machine while it is checked; collect the addresses connected to.
    """
    real, opened = socket.getaddrinfo, list[str]()
    connect = socket.socket.connect

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        # A check asks for no port: it does not connect.
        known = {NAME: ELSEWHERE if port else "127.0.0.1"}
        return real(known.get(host, host), port, *rest, **more)

    def note(self: socket.socket, address: Any) -> None:
        opened.append(str(address[0]))
        connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", note)
    return opened


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_nothing_goes_to_another_machine(
    seamproof: Run,
    connections: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: list[str],
) -> None:
    """
    The address of the connection is checked, not that of an earlier look-up.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(
        "done = []\ndef handler(body, headers):\n    done.append(1)\n    return 204\n"
        "def state():\n    return len(done)\n"
    )

    done = seamproof(*words)

    assert done.status in (1, 2, 3)
    assert "not on this machine" in done.stdout + done.stderr
    assert ELSEWHERE not in connections


@pytest.mark.parametrize("host", ["3221225985", "192.0.513", "0300.0.2.1", "127.1", "0x7f000001"])
def test_an_address_in_another_notation_is_refused(host: str) -> None:
    """
    Libraries disagree on numbers that are no dotted address.
    """
    with pytest.raises((UsageError, RemoteTarget)):
        check_target(f"http://{host}:8000/")
