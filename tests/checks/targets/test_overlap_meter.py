"""
Tests of the measurement whether calls that are made at once overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seamproof.checks.targets.open import open_target
from seamproof.checks.targets.work.overlap_meter import intervals_overlap
from tests.checks.requests import SECRET, request, write

if TYPE_CHECKING:
    from pathlib import Path

_IMPORTS = """
    import asyncio
    import threading

    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.responses import Response
    from starlette.routing import Route

    both = threading.Barrier(2)

    def route(endpoint):
        return Starlette(routes=[Route("/webhooks/seam", endpoint, methods=["POST"])])
"""

#: Handlers whose calls overlap.
OVERLAPPING = {
    "a function in threads": """
    def app(body, headers):
        both.wait(60)
        return 204
    """,
    "an await": """
    async def app(body, headers):
        await asyncio.sleep(0.01)
        return 204
    """,
    "an endpoint in threads": """
    places, done = iter(range(4)), threading.Event()

    def endpoint(http):
        at = next(places)
        if at == 0:
            done.wait(60)
        return Response(status_code=204, background=BackgroundTask(done.set) if at == 3 else None)

    app = route(endpoint)
    """,
    "an endpoint that awaits": """
    async def endpoint(http):
        await http.body()
        await asyncio.sleep(0)
        return Response(status_code=204)

    app = route(endpoint)
    """,
}
#: Handlers whose calls run one after the other.
ONE_BY_ONE = {
    "no await": """
    async def app(body, headers):
        return 204
    """,
    "no await that waits": """
    async def endpoint(http):
        await http.body()
        return Response(status_code=204)

    app = route(endpoint)
    """,
}


def overlapped(directory: Path, code: str) -> bool | None:
    """
    Send four requests at once.
    """
    write(directory, "shop", _IMPORTS + code)
    with open_target("shop:app", app_dir=directory, secret=SECRET) as target:
        assert {one.status for one in target.send_all([request()] * 4)} == {204}
        assert target.background is not None
        return target.background.has_overlapped


@pytest.mark.parametrize("code", OVERLAPPING.values(), ids=OVERLAPPING)
def test_calls_that_overlap(tmp_path: Path, code: str) -> None:
    """
    Another call has begun when one ends.
    """
    assert overlapped(tmp_path, code) is True


@pytest.mark.parametrize("code", ONE_BY_ONE.values(), ids=ONE_BY_ONE)
def test_calls_that_run_one_after_the_other(tmp_path: Path, code: str) -> None:
    """
    They are sent at once, and each is over before the next begins.
    """
    assert overlapped(tmp_path, code) is False


def test_a_task_that_always_waits_is_no_call(tmp_path: Path) -> None:
    """
    The handler's worker was there before.
    """
    code = """
    async def work():
        while True:
            await asyncio.sleep(3600)

    tasks = []

    async def app(body, headers):
        if not tasks:
            tasks.append(asyncio.create_task(work()))
        return 204
    """
    write(tmp_path, "shop", _IMPORTS + code)
    with open_target("shop:app", app_dir=tmp_path, secret=SECRET) as target:
        target.send(request())
        target.send_all([request()] * 4)
        assert target.background is not None
        assert target.background.has_overlapped is False


def test_intervals() -> None:
    """
    Calls in threads are measured by their beginnings and ends.
    """
    assert intervals_overlap([(3, 4), (1, 2), (1.5, 2.5)])
    assert not intervals_overlap([(3, 4), (1, 2), (2, 2.5)])
