"""
A handler in the current directory, and a battery that gives certain results.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.checks.model.results import Report, Result
from seamproof.checks.probe.preflight import Preflight
from seamproof.checks.runner.session import Session
from tests.checks.reported import result

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seamproof.checks.model.options import Settings


HANDLER = """
import os
print("imported with", os.environ["SEAM_WEBHOOK_SECRET"])

def handler(body, headers):
    return 204

def look():
    return {"count": 0}

def broken(whether):
    pass
"""


PASSED = (result("signature.missing_id", "passed"), result("signature.stale", "passed"))


@dataclass
class Battery:
    """
    Stands in for a run: returns certain results, and keeps the session that it is of.
    """

    results: tuple[Result, ...] = PASSED
    stopped: str = ""
    problem: BaseException | None = None
    sessions: list[Session] = field(default_factory=list)
    done: list[Result] = field(default_factory=list)
    on_result: Callable[[Result], object] = print

    @property
    def settings(self) -> list[Settings]:
        """
        The settings of each run.
        """
        return [one.options.settings(one.target.secret) for one in self.sessions]

    def start(
        self,
        session: Session,
        *,
        on_result: Callable[[Result], object],
        option_name: Callable[[str], str],
    ) -> Battery:
        """
        Take the place of `Session.start`.
        """
        assert option_name("kind") == "--as"
        self.sessions.append(session)
        self.done = []
        self.on_result = on_result
        return self

    def open(self) -> Preflight:
        """
        Accept the plain genuine delivery, as Seam encodes it.
        """
        return Preflight()

    def all(self) -> None:
        """
        Give the results.
        """
        for one in self.results:
            print("the handler prints")  # noqa: T201 - as handlers do
            self.done.append(one)
            self.on_result(one)
        if self.problem:
            raise self.problem

    def report(self, name: str) -> Report:
        """
        Report the results so far.
        """
        return Report(
            target=name,
            seed=self.sessions[-1].options.seed,
            results=tuple(self.done),
            deliveries=1_234,
            seconds=2.5,
            stopped=self.stopped,
            started=1_750_000_000.0,
        )


@pytest.fixture
def battery(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Battery:
    """
    Replace the battery, in a directory that has a handler.
    """
    stand_in = Battery()

    def start(session: Session, **how: Any) -> Battery:
        return stand_in.start(session, **how)

    monkeypatch.setattr(Session, "start", start)
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{tmp_path.name}.py").write_text(HANDLER, encoding="utf-8")
    return stand_in


@pytest.fixture
def target(tmp_path: Path) -> str:
    """
    Name that handler; its module's name is that of the directory, so no other test has it.
    """
    return f"{tmp_path.name}:handler"
