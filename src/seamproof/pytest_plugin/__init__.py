"""
The fixtures, and the hooks that hand on. Whatever is heavy is imported inside them.

Suites that do not use them pay for this module alone, so its asserts are not looked
for: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import time
from typing import Any, Final

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seamproof.events import Delivery
    from seamproof.pytest_plugin.factories import DeliveryFactory as DeliveryFactory
    from seamproof.pytest_plugin.factories import SampleFactory as SampleFactory

#: What a suite may import to annotate its tests, and where it lives.
_HOMES: Final = {
    "DeliveryFactory": "factories",
    "SampleFactory": "factories",
}


def __getattr__(name: str) -> object:
    """
    Import a type from the module that it lives in.
    """
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - paid by those who use it

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


@pytest.fixture(scope="session")
def seam_secret() -> str:
    """
    The signing secret, `whsec_…`. Override it to use the one that your handler knows.
    """
    from seamproof.signing import Secret  # noqa: PLC0415 - paid by those who use it

    return Secret.generate().reveal()


@pytest.fixture(scope="session")
def seam_sample() -> SampleFactory:
    """
    Make valid events: `seam_sample("acs_credential.issued", acs_system_id=…)`.
    """
    from seamproof.strategies import Sampler  # noqa: PLC0415 - paid by those who use it

    sampler = Sampler()

    def sample(event_type: str, /, **overrides: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
        from seamproof.strategies import override_properties  # noqa: PLC0415 - as above

        return override_properties(sampler.event(event_type), overrides)

    return sample


@pytest.fixture(scope="session")
def seam_delivery(seam_secret: str, seam_sample: SampleFactory) -> Any:
    """
    Sign an event, or a sample of an event type: `.body` and `.headers` are ready to be posted.
    """
    from seamproof.events import Event, mint_message_id  # noqa: PLC0415 - paid by those who use it
    from seamproof.signing import sign  # noqa: PLC0415 - as above

    def deliver(event: str | dict[str, Any]) -> Delivery:
        payload = seam_sample(event) if isinstance(event, str) else event
        now = time.time()
        message_id = mint_message_id(now)
        body = Event.of(payload).body
        return sign(body, seam_secret, message_id=message_id, timestamp=int(now))

    return deliver


def pytest_configure(config: pytest.Config) -> None:
    """
    Register the marker.
    """
    config.addinivalue_line(
        "markers",
        "seamproof(events, argument='event_type'): run the test once for each event type that "
        "a pattern fits, or each of several patterns.",
    )
