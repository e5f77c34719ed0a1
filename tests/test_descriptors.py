"""
File descriptors: the limit is raised, and a shortage is this machine's fault.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from errno import ECONNREFUSED, EMFILE

import pytest

from seamproof.mock_server.network import descriptors

resource = pytest.importorskip("resource")


def test_the_soft_limit_is_raised() -> None:
    """
    Nothing but the soft limit of the process changes.
    """
    script = (
        "import resource as r; hard = r.getrlimit(r.RLIMIT_NOFILE)[1];"
        "r.setrlimit(r.RLIMIT_NOFILE, (64, hard));"
        "from seamproof.mock_server.network import descriptors as d;"
        "assert d.limit() == 64; d.raise_limit();"
        "assert d.limit() == min(hard, 65536) or hard == r.RLIM_INFINITY;"
        "assert r.getrlimit(r.RLIMIT_NOFILE)[1] == hard"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_a_shortage_is_a_fault_of_this_machine() -> None:
    """
    A refused connection or an unknown name is none.
    """
    assert descriptors.is_own_fault(OSError(EMFILE, "Too many open files"))
    assert not descriptors.is_own_fault(OSError(ECONNREFUSED, "Connection refused"))
    assert not descriptors.is_own_fault(socket.gaierror(socket.EAI_AGAIN, "try again"))
    assert not descriptors.is_own_fault(ValueError())


def test_the_resolver_without_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The resolver reports an unknown name where it cannot open a file.
    """

    def fail(*_: object) -> int:
        raise OSError(EMFILE, "Too many open files")

    monkeypatch.setattr(os, "open", fail)
    assert descriptors.is_own_fault(socket.gaierror(socket.EAI_AGAIN, "try again"))


def test_a_shortage_is_reported_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A hundred thousand failures are one line.
    """
    seldom = descriptors._Seldom()
    monkeypatch.setattr(descriptors._LOG, "filters", [seldom])
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            descriptors.report_shortage()
    assert len(caplog.records) == 1
