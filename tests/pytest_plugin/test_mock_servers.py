"""
Tests of `seam_mock_server` and of the servers of one's own.
"""

from __future__ import annotations

import pytest

SUITE = """
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from seamproof import verify
from seamproof.mock_server import serving

received = []

@pytest.fixture(scope="session")
def handler(seam_secret):
    async def receive(request):
        body = await request.body()
        received.append(verify(body, request.headers, seam_secret, now=time.time()))
        return Response(status_code=204)

    with serving(Starlette(routes=[Route("/", receive, methods=["POST"])])) as url:
        yield url
"""


def test_one_server_that_forgets(pytester: pytest.Pytester) -> None:
    """
    Tests share a server, each finds it empty, and it signs with the secret of the suite.
    """
    pytester.makepyfile(
        SUITE
        + """
servers = []

@pytest.fixture
def registered(seam_mock_server, handler):
    seam_mock_server.register(handler)

@pytest.mark.parametrize("turn", range(3))
def test_delivered(seam_mock_server, registered, turn):
    servers.append(seam_mock_server)
    seam_mock_server.emit("lock.unlocked")
    assert seam_mock_server.wait_idle()
    (message,) = seam_mock_server.messages
    assert message.status == "delivered"
    assert abs(message.message.created_at - time.time()) < 1800
    assert len(received) == turn + 1
    assert all(received)
    assert len(set(map(id, servers))) == 1
    seam_mock_server.advance("35m")

def test_asked_for_while_it_runs(request):
    assert not request.getfixturevalue("seam_mock_server").messages

def test_stopped(seam_mock_server):
    assert not seam_mock_server.messages
    with seam_mock_server:
        seam_mock_server.emit("lock.locked")

def test_runs_again(seam_mock_server):
    assert not seam_mock_server.messages
    seam_mock_server.emit("lock.locked")
"""
    )

    result = pytester.runpytest_inprocess("-W", "error")

    result.assert_outcomes(passed=6)


def test_servers_of_ones_own(pytester: pytest.Pytester) -> None:
    """
    The factory takes the arguments of MockServer; what it starts is stopped at the end.
    """
    pytester.makepyfile(
        SUITE
        + """
import asyncio

from seamproof.errors import UsageError

started = []

def test_two(seam_mock_server_factory, seam_mock_server, seam_secret):
    first = seam_mock_server_factory()
    second = seam_mock_server_factory(secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", clock="real")
    started.extend([first, second])
    assert first.url != second.url != seam_mock_server.url
    assert first.secret == seam_mock_server.secret == seam_secret != second.secret
    first.advance(5)
    with pytest.raises(UsageError):
        second.advance(5)

def test_until_the_end_of_a_block(seam_mock_server_factory):
    assert started[0].url
    with seam_mock_server_factory(schedule="fast") as server:
        assert server.url
    with pytest.raises(UsageError, match="does not run"):
        server.url

def test_in_a_loop(seam_mock_server_factory, handler):
    async def run():
        async with seam_mock_server_factory() as server:
            await server.register(handler)
            await server.emit("lock.unlocked")
            assert await server.wait_idle()

    asyncio.run(run())
    assert len(received) == 1

def test_slip(seam_mock_server_factory):
    with pytest.raises(UsageError, match="schedule"):
        seam_mock_server_factory(schedule="sometimes")
"""
    )

    result = pytester.runpytest_inprocess("-W", "error")

    result.assert_outcomes(passed=4)


def test_a_server_for_each_worker(pytester: pytest.Pytester) -> None:
    """
    Under xdist each worker has a server of its own.
    """
    pytest.importorskip("xdist")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("turn", range(6))
        def test_alone(seam_mock_server, turn):
            assert not seam_mock_server.messages
            seam_mock_server.emit("lock.unlocked")
            assert len(seam_mock_server.messages) == 1
        """
    )

    pytester.runpytest_subprocess("-n", "2").assert_outcomes(passed=6)


def test_what_it_sends_counts(pytester: pytest.Pytester) -> None:
    """
    The attempts of the servers are part of the coverage, once each, with the test they are of.
    """
    pytester.makepyfile(
        SUITE
        + """
def test_shared(seam_mock_server, handler):
    seam_mock_server.register(handler)
    seam_mock_server.emit("lock.unlocked", count=2)
    assert seam_mock_server.wait_idle()

def test_own(seam_mock_server_factory, handler):
    with seam_mock_server_factory() as server:
        server.register(handler)
        server.emit("lock.unlocked")
        server.emit("lock.locked")
        assert server.wait_idle()
"""
    )
    report = pytester.path / "coverage.json"

    result = pytester.runpytest_inprocess(
        "--seamproof-coverage", "--seamproof-coverage-json", str(report)
    )

    result.assert_outcomes(passed=2)
    result.stdout.re_match_lines([r".*lock\.locked +1 +1 .*", r".*lock\.unlocked +3 +2 .*"])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('seam_mock_server.register("nope")', "the target is no URL"),
        ("seam_mock_server.register(None)", "url: this is no URL"),
        ('seam_mock_server.register("http://192.0.2.7/")', "not on this machine"),
        ('seam_mock_server.register("http://127.0.0.1:1/", faults=3)', "these are no faults"),
        ('seam_mock_server.emit("lock.unlockd")', "did you mean lock.unlocked"),
        ('seam_mock_server.advance("soon")', "this is no duration"),
        ("seam_mock_server.advance(None)", "by: this is no time"),
        ("seam_mock_server.wait_idle(timeout=[])", "timeout: this is no time"),
        ('seam_mock_server.resend("msg_none")', "there is no such message"),
        ('seam_mock_server_factory(like="heroku")', "like: there is no such service"),
        ("seam_mock_server_factory(jitter=4)", "jitter: this is no share"),
        ('seam_mock_server_factory(clock="sun")', "clock: this is no clock"),
    ],
)
def test_a_wrong_call_is_told_at_the_line_that_made_it(
    pytester: pytest.Pytester, call: str, words: str
) -> None:
    """
    The message comes first; no frame of ours is to be read through.
    """
    pytester.makepyfile(f"def test_it(seam_mock_server, seam_mock_server_factory):\n    {call}\n")

    result = pytester.runpytest_inprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f">   *{call.replace('[', '[[]')}*", f"*{words}*"])
    result.stdout.no_fnmatch_line("*seamproof/*.py*")
