"""
The fixtures and hooks of the pytest plugin. They import what they need when they are used.

A test suite that uses none of them pays for this module alone. Pytest would look for asserts in
it: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import pytest

#: An error is reported at the function that a fixture calls, not here.
__tracebackhide__ = True

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from seamproof.mock_server import MockServer
    from seamproof.pytest_plugin.fixtures.check import CheckRunner
    from seamproof.pytest_plugin.fixtures.delivery import DeliveryFactory
    from seamproof.pytest_plugin.fixtures.mock_server import MockServers
    from seamproof.pytest_plugin.fixtures.post import Post
    from seamproof.pytest_plugin.fixtures.protocols import MockServerFactory, SampleFactory
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
    from seamproof.pytest_plugin.configuration import find_secret

    return find_secret(pytestconfig)


@pytest.fixture(scope="session")
def _seam_samples(request: pytest.FixtureRequest) -> Iterator[Samples]:
    """
    Samplers, each seeded by the id of a test.
    """
    from seamproof.pytest_plugin.configuration import find_catalogue
    from seamproof.pytest_plugin.fixtures.current_test import CurrentTest
    from seamproof.pytest_plugin.fixtures.sample import Samples

    current = CurrentTest(request.session.stash.get(_item, None))
    request.config.pluginmanager.register(current)
    yield Samples(current, find_catalogue(request.config))
    request.config.pluginmanager.unregister(current)


@pytest.fixture(scope="session")
def seam_sample(_seam_samples: Samples) -> SampleFactory:
    """
    Make a valid event: `seam_sample("lock.unlocked", device_id=…)`.

    The values depend on the id of the test alone: they are the same when it runs by itself, in
    another order, or in another process. Under @given each example gets further values;
    `seamproof.strategies.events` draws events that Hypothesis can shrink.
    """
    return _seam_samples


@pytest.fixture(scope="session")
def seam_delivery(
    seam_secret: str, seam_sample: SampleFactory, _seam_samples: Samples
) -> DeliveryFactory:
    """
    Sign an event: `seam_delivery("lock.unlocked")`, with `.body` and `.headers` to post.

    For an event type or an event it returns a Delivery; for a pattern (`"lock.*"`), a journey
    (`"access_code"`) or a list of events it returns a list. The variants of a Delivery are
    `.tampered()`, `.stale()`, `.unsigned()`, `.resigned()` and `.duplicate()`.
    """
    from seamproof.pytest_plugin.fixtures.delivery import DeliveryFactory

    return DeliveryFactory(seam_secret, seam_sample, _seam_samples)


@pytest.fixture(scope="session")
def seam_post(pytestconfig: pytest.Config) -> Post:
    """
    Post a delivery with a test client: `seam_post(client, delivery)`.

    The client is httpx's (synchronous or not), Starlette's, FastAPI's, Flask's, Django's or
    aiohttp's; it returns the client's own response, or an awaitable of it. A third argument is
    the path, by default `seamproof_path` of the ini file, or /webhooks/seam.
    """
    from seamproof.pytest_plugin.configuration import find_path
    from seamproof.pytest_plugin.coverage.recorder import record
    from seamproof.pytest_plugin.fixtures.post import Post

    return Post(find_path(pytestconfig), record)


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
    Start another mock server: `seam_mock_server_factory(schedule="fast")`.

    The arguments are those of `seamproof.MockServer`; by default the server signs with
    `seam_secret` and has a manual clock. It is stopped at the end of the session, or by `with`.
    """
    return _seam_servers


@pytest.fixture(scope="session")
def seam_mock_server(_seam_servers: MockServers) -> MockServer:
    """
    Seam's webhook service on a free port, with a manual clock: `seam_mock_server.register(url)`.

    There is one for each session and worker. Before each test that uses it, its endpoints,
    messages and attempts are deleted, and its clock shows the machine's time.
    """
    return _seam_servers.share()


@pytest.fixture(scope="session")
def seam_check(
    pytestconfig: pytest.Config, seam_secret: str, _seam_samples: Samples
) -> CheckRunner:
    """
    Run the battery on a handler: `seam_check(app)`, `seam_check(app, select="signature.*")`.

    The handler is an application or a function, or its name as for `seamproof check`. If a check
    fails, the test fails with the report; otherwise the fixture returns the Report.
    """
    from seamproof.pytest_plugin.fixtures.check import CheckRunner

    return CheckRunner(pytestconfig, seam_secret, _seam_samples.current)


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Register the options.
    """
    from seamproof.pytest_plugin.options import add_options

    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """
    Register the marker, and the plugins that the options switch on.
    """
    config.addinivalue_line("markers", _MARKER)
    from seamproof.errors import SeamproofError

    try:
        _register_plugins(config)
    except SeamproofError as problem:
        from seamproof.pytest_plugin.configuration import option_name

        message = f"seamproof: {problem.text(option_name)}"
        raise pytest.UsageError(message) from None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """
    Remember which test runs, for fixtures that are set up later.
    """
    item.session.stash[_item] = item


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """
    Parametrize a test with the event types of its marker.
    """
    if metafunc.definition.get_closest_marker("seamproof") is not None:
        from seamproof.pytest_plugin.parametrize import parametrize

        parametrize(metafunc)


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """
    Show where two deliveries differ.
    """
    names = (type(left).__module__, type(right).__module__)
    if not any(name.startswith("seamproof.") for name in names):
        return None
    from seamproof.pytest_plugin.assertrepr import compare

    return compare(config, op, left, right)


def _register_plugins(config: pytest.Config) -> None:
    """
    Register the plugins that options switch on.

    Raises:
        SeamproofError: An option cannot be used as given.
    """
    if config.getoption("xmlpath", None):
        from seamproof.pytest_plugin.junit_names import JunitNames

        config.pluginmanager.register(JunitNames(config), "seamproof-junit-names")
    from seamproof.pytest_plugin.options import has_coverage, is_given

    if is_given(config, "target"):
        from seamproof.pytest_plugin import battery_items

        battery_items.register(config)
    if has_coverage(config):
        from seamproof.pytest_plugin.coverage import plugin

        plugin.register(config)
