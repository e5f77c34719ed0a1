"""
The fixtures, and the hooks that hand on. Whatever is heavy is imported inside them.

A suite that uses none of it pays for this module alone, whose asserts are not looked for:
PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import pytest

#: The fixtures only hand on: what goes wrong in one is told by what it calls.
__tracebackhide__ = True

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from seamproof.mock_server import MockServer
    from seamproof.pytest_plugin.fixtures.mock_server import MockServers
    from seamproof.pytest_plugin.fixtures.protocols import (
        CheckRunner,
        DeliveryFactory,
        MockServerFactory,
        Post,
        SampleFactory,
    )
    from seamproof.pytest_plugin.fixtures.sample import Samples

_MARKER: Final = (
    "seamproof(events, argument='event_type', undocumented=False): run the test once for each "
    "event type that a pattern fits, or each of several patterns."
)
_item: Final = pytest.StashKey[pytest.Item]()


@pytest.fixture(scope="session")
def seam_secret(pytestconfig: pytest.Config) -> str:
    """
    The signing secret, `whsec_…`: that of SEAM_WEBHOOK_SECRET, or a new one where it is not set.

    Override the fixture, with scope="session", to use the one that your handler knows.
    """
    from seamproof.pytest_plugin.fixtures.defaults import find_secret

    return find_secret(pytestconfig)


@pytest.fixture(scope="session")
def _seam_samples(request: pytest.FixtureRequest) -> Iterator[Samples]:
    """
    Samplers, each seeded by the id of a test.
    """
    from seamproof.pytest_plugin.fixtures.current_test import Running
    from seamproof.pytest_plugin.fixtures.defaults import find_catalogue
    from seamproof.pytest_plugin.fixtures.sample import Samples

    running = Running(request.session.stash.get(_item, None))
    request.config.pluginmanager.register(running)
    yield Samples(running, find_catalogue(request.config))
    request.config.pluginmanager.unregister(running)


@pytest.fixture(scope="session")
def seam_sample(_seam_samples: Samples) -> SampleFactory:
    """
    Make a valid event: `seam_sample("lock.unlocked", device_id=…)`.

    The values depend on the id of the test alone: they are the same when it runs by itself, in
    another order, or in another process. Under @given they go on from example to example: what a
    handler is to be tried with is drawn by `seamproof.strategies.events`.
    """
    return _seam_samples


@pytest.fixture(scope="session")
def seam_delivery(
    seam_secret: str, seam_sample: SampleFactory, _seam_samples: Samples
) -> DeliveryFactory:
    """
    Sign an event: `seam_delivery("lock.unlocked")`, with `.body` and `.headers` to be posted.

    Takes an event type or an event, and gives a Delivery; or a pattern (`"lock.*"`), a journey
    (`"access_code"`) or a list of events, and gives a list. The variants of a Delivery are
    `.tampered()`, `.stale()`, `.unsigned()`, `.resigned()` and `.duplicate()`.
    """
    from seamproof.pytest_plugin.fixtures.delivery import Deliveries

    return Deliveries(seam_secret, seam_sample, _seam_samples)


@pytest.fixture(scope="session")
def seam_post(pytestconfig: pytest.Config) -> Post:
    """
    Post a delivery with a test client: `seam_post(client, delivery)`.

    The client is httpx's (synchronous or not), Starlette's, FastAPI's, Flask's, Django's or
    aiohttp's; its own response comes back, or what to await. A third argument is the path, by
    default `seamproof_path` of the ini file, or /webhooks/seam.
    """
    from seamproof.pytest_plugin.coverage.recorder import record
    from seamproof.pytest_plugin.fixtures.defaults import find_path
    from seamproof.pytest_plugin.fixtures.post import Poster

    return Poster(find_path(pytestconfig), record)


@pytest.fixture(scope="session")
def _seam_servers(pytestconfig: pytest.Config, seam_secret: str) -> Iterator[MockServers]:
    """
    The mock servers of the session.
    """
    from seamproof.pytest_plugin.fixtures.mock_server import MockServers

    servers = MockServers(seam_secret)
    pytestconfig.pluginmanager.register(servers)
    yield servers
    pytestconfig.pluginmanager.unregister(servers)
    servers.close()


@pytest.fixture(scope="session")
def seam_mock_server_factory(_seam_servers: MockServers) -> MockServerFactory:
    """
    Start a mock server of one's own: `seam_mock_server_factory(schedule="fast")`.

    It takes the arguments of `seamproof.MockServer`. It signs with `seam_secret` and has a manual
    clock, unless told otherwise, and is stopped at the end of the session, or by `with`.
    """
    return _seam_servers


@pytest.fixture(scope="session")
def seam_mock_server(_seam_servers: MockServers) -> MockServer:
    """
    Seam's webhook service on a free port, with a manual clock: `seam_mock_server.register(url)`.

    There is one for the session and worker. Before each test that uses it, it forgets endpoints,
    messages and attempts, and its clock shows the machine's time.
    """
    return _seam_servers.share()


@pytest.fixture(scope="session")
def seam_check(
    pytestconfig: pytest.Config, seam_secret: str, _seam_samples: Samples
) -> CheckRunner:
    """
    Run the battery on a handler: `seam_check(app)`, `seam_check(app, select="signature.*")`.

    The handler is an application or a function in hand, or named as for `seamproof check`. If it
    falls short, the test fails with the report; otherwise the Report comes back.
    """
    from seamproof.pytest_plugin.fixtures.check import HandlerChecker

    return HandlerChecker(pytestconfig, seam_secret, _seam_samples.running)


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Register the options.
    """
    from seamproof.pytest_plugin.options import add_options

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """
    Register the marker, and what the options ask for.
    """
    config.addinivalue_line("markers", _MARKER)
    from seamproof.pytest_plugin.options import is_asked

    if is_asked(config):
        from seamproof.pytest_plugin.configuration import register

        register(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """
    Remember which test runs.
    """
    item.session.stash[_item] = item


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """
    Make an item of each event type that a marker asks for.
    """
    if metafunc.definition.get_closest_marker("seamproof") is not None:
        from seamproof.pytest_plugin.parametrize import parametrise

        parametrise(metafunc)


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """
    Tell where deliveries and reports differ.
    """
    if not type(left).__module__.startswith("seamproof."):
        return None
    from seamproof.pytest_plugin.assertrepr import compare

    return compare(config, op, left, right)
